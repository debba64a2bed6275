"""Pickles the states to a temporary file, which replaces the old one when it is complete."""

import os
import pickle
from pathlib import Path


def save_checkpoint(model, optimizer, step, path):
    target = Path(path)
    part = target.with_name(target.name + ".part")
    with part.open("wb") as file:
        pickle.dump((step, model.state_dict(), optimizer.state_dict()), file)
    os.replace(part, target)


def load_checkpoint(path, model, optimizer):
    with open(path, "rb") as file:
        step, *states = pickle.load(file)
    for thing, state in zip((model, optimizer), states, strict=True):
        thing.load_state_dict(state)
    return int(step)
