"""Reads and writes the config.json of a folder: of a model, or of an adapter."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

CONFIG = "config.json"


class Versioned(Protocol):
    @property
    def format(self) -> int: ...


C = TypeVar("C", bound=Versioned)


def read_config_file(folder: Path, type: type[C], format: int, error: type[Exception], noun: str) -> C:
    """Returns the folder's configuration. Raises `error`, whose message calls the folder's content a `noun`."""
    path = folder / CONFIG
    try:
        config = msgspec.json.decode(path.read_bytes(), type=type)
    except FileNotFoundError:
        raise error(f"{folder} is not the folder of a {noun}: it has no {CONFIG}.") from None
    except OSError as problem:
        raise error(f"{path} cannot be read: {problem.strerror or problem}.") from problem
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise error(f"{path} is damaged or is not the configuration of a {noun}: {problem}.") from problem
    if config.format != format:
        raise error(f"{path} has format {config.format}; this program reads format {format}.")
    return config


def write_config_file(folder: Path, config: msgspec.Struct) -> None:
    """Writes config.json, complete or not at all. Raises OSError."""
    part = folder / f"{CONFIG}.part"
    part.write_bytes(msgspec.json.format(msgspec.json.encode(config), indent=2) + b"\n")
    os.replace(part, folder / CONFIG)
