"""The folder of a model that `fromscratch train` writes, and of pocket, which is shipped with the program.

    config.json          the sizes of the model, how it was trained, and what it reached
    model.safetensors    the weights, with the names of reference.gpt.GPTModel
    vocabulary.json      its tokenizer (playground/byte_bpe.py)

Imports no torch; `playground/host/trained_model.py` reads the weights.
"""

from pathlib import Path
from typing import Annotated, Any

import msgspec

from playground import catalogue
from playground.config_file import CONFIG, read_config_file, write_config_file

FORMAT = 1
WEIGHTS, VOCABULARY = "model.safetensors", "vocabulary.json"
POCKET = catalogue.POCKET.folder
TRAINED = "models"  # in the workspace: the folder of the models that the app trains

Size = Annotated[int, msgspec.Meta(ge=1, le=1 << 24)]
Few = Annotated[int, msgspec.Meta(ge=1, le=1024)]


class ModelFolderError(ValueError):
    """The folder of a model cannot be used; the message says why."""


class Sizes(msgspec.Struct, forbid_unknown_fields=True):
    """The book's cfg of a GPTModel (section 4.1)."""

    vocab_size: Size
    context_length: Size
    emb_dim: Size
    n_heads: Few
    n_layers: Few
    drop_rate: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    qkv_bias: bool = False


class ModelConfig(msgspec.Struct, kw_only=True):
    """The content of config.json. Losses are in nats a token; `recipe` is what `fromscratch train` was asked for.

    `sample_loss` is the loss of the fixed sample of validation text of `playground/host/text_loss.py`.
    """

    name: str
    cfg: Sizes
    format: int = FORMAT
    vocabulary: str = VOCABULARY
    recipe: dict[str, Any] = {}
    steps: int = 0
    validation_loss: float | None = None
    sample_loss: float | None = None
    seconds: float | None = None

    @property
    def book_cfg(self) -> dict[str, Any]:
        """The dict that GPTModel takes."""
        return msgspec.structs.asdict(self.cfg)


def is_model_folder(folder: Path) -> bool:
    """Returns whether the folder has a config.json; `read_config` says whether it can be used."""
    return (folder / CONFIG).is_file()


def read_config(folder: Path) -> ModelConfig:
    """Reads and checks a folder's config.json. Raises ModelFolderError."""
    config = read_config_file(folder, ModelConfig, FORMAT, ModelFolderError, "model")
    path = folder / CONFIG
    if config.cfg.emb_dim % config.cfg.n_heads:
        raise ModelFolderError(f"{path}: emb_dim is {config.cfg.emb_dim}, which n_heads does not divide.")
    if Path(config.vocabulary).name != config.vocabulary:
        raise ModelFolderError(f"{path}: the vocabulary must be a file in the same folder.")
    return config


def write_config(folder: Path, config: ModelConfig) -> None:
    """Writes config.json, complete or not at all. Raises OSError."""
    write_config_file(folder, config)
