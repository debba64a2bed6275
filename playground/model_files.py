"""Finds the files of a model that a session opens."""

from pathlib import Path

from playground import store
from playground.catalogue import GPT2
from playground.model_folder import WEIGHTS


class ModelMissing(Exception):
    """The model or a file that it needs is not on this machine; the message says what to do."""


def model_file(model: str) -> Path:
    """Returns the file or folder of a model: of an installed one by its name, or at a path. Raises ModelMissing."""
    if model.endswith(".gguf"):
        if not Path(model).is_file():
            raise ModelMissing(f"The file {model} does not exist.")
        return Path(model)
    if model not in {info.name for info in store.models()} and Path(model).is_dir():
        return Path(model).absolute()
    try:
        path = store.path_of(model)
    except store.FetchError as error:
        raise ModelMissing(f"{error} A path must be a GGUF file or the folder of a trained model.") from error
    if path is None:
        raise ModelMissing(f"The model {model} is not installed. Run `fromscratch models add {model}`.")
    return path


def vocabulary_file(model: str) -> str | None:
    """Returns the vocabulary file for a model that needs it. Raises ModelMissing if it is not installed."""
    if model != GPT2.name:
        return None
    path = store.gpt2_vocabulary()
    if path is None:
        raise ModelMissing("GPT-2's vocabulary is not installed. Run `fromscratch models add gpt2-vocabulary`.")
    return str(path)


def weights_size(model: Path) -> int:
    """Returns the bytes of a model's weights; 0 if they are missing, which the process will say."""
    file = model / WEIGHTS if model.is_dir() else model
    return file.stat().st_size if file.is_file() else 0
