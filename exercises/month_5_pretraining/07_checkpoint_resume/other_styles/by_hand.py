"""Copies each tensor after a comparison of names and shapes, in a file of NumPy arrays and JSON."""

import io
import json
import zipfile

import numpy as np
import torch


def save_checkpoint(model, optimizer, step, path):
    states = optimizer.state_dict()
    settings = {"step": step, "groups": states["param_groups"], "names": []}
    with zipfile.ZipFile(path, "w") as archive:

        def put(name, tensor):
            buffer = io.BytesIO()
            np.save(buffer, tensor.detach().cpu().numpy())
            archive.writestr(name, buffer.getvalue())

        for name, tensor in model.state_dict().items():
            put(f"model/{name}", tensor)
        for index, state in states["state"].items():
            for name, tensor in state.items():
                settings["names"].append([index, name])
                put(f"optimizer/{index}/{name}", torch.as_tensor(tensor))
        archive.writestr("settings.json", json.dumps(settings))


def load_checkpoint(path, model, optimizer):
    with zipfile.ZipFile(path) as archive:

        def get(name):
            return torch.from_numpy(np.load(io.BytesIO(archive.read(name))))

        settings = json.loads(archive.read("settings.json"))
        own = model.state_dict()
        for name, tensor in own.items():
            loaded = get(f"model/{name}")
            if loaded.shape != tensor.shape:
                raise ValueError(f"{name}: {tuple(loaded.shape)} in the file, {tuple(tensor.shape)} in the model")
            tensor.copy_(loaded)
        state = {}
        for index, name in settings["names"]:
            state.setdefault(index, {})[name] = get(f"optimizer/{index}/{name}")
        optimizer.load_state_dict({"state": state, "param_groups": settings["groups"]})
    return settings["step"]
