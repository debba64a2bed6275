"""Finds the file of the model that is fine-tuned, and of the models of adapters. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playground import store
from playground.catalogue import GPT2


class ModelMissing(Exception):
    """There is no such model on this machine; the message says what to do."""


@dataclass(frozen=True)
class ModelFiles:
    """A model's file or folder, and GPT-2's vocabulary if the model needs it. `name` is valid in any folder."""

    name: str
    path: str
    vocabulary: str | None = None


def find_model(name: str) -> ModelFiles:
    """Returns the files of an installed model, of a GGUF file or of the folder of a trained model.

    Raises ModelMissing.
    """
    path = Path(name).expanduser()
    if name.endswith(".gguf") or (path.is_dir() and name not in {info.name for info in store.models()}):
        if not path.exists():
            raise ModelMissing(f"The file {name} does not exist.")
        return ModelFiles(str(path.absolute()), str(path.absolute()))
    try:
        installed = store.path_of(name)
    except store.FetchError as error:
        raise ModelMissing(f"{error} A path must be a GGUF file or the folder of a trained model.") from error
    if installed is None:
        raise ModelMissing(f"The model {name} is not installed. `fromscratch models add {name}` fetches it.")
    vocabulary = store.gpt2_vocabulary() if name == GPT2.name else None
    if name == GPT2.name and vocabulary is None:
        raise ModelMissing("GPT-2's vocabulary is not installed. `fromscratch models add gpt2-vocabulary` fetches it.")
    return ModelFiles(name, str(installed), str(vocabulary) if vocabulary else None)
