"""Offers pocket to a try: the app's side finds the tokens of the text, the engine's side reads the weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exercises.tries import TEXT, SettingValue, Try
from playground import model_folder

MAX_TOKENS = 14


def pocket_request(attempt: Try, settings: Mapping[str, SettingValue]) -> dict[str, Any] | None:
    """Returns the folder of pocket and the tokens of the try's text; None if the try does not use pocket, or the
    model is not there."""
    if "pocket.get()" not in attempt.source or not model_folder.is_model_folder(model_folder.POCKET):
        return None
    from playground.byte_bpe import ByteBPE, VocabularyError

    try:
        config = model_folder.read_config(model_folder.POCKET)
        tokenizer = ByteBPE.load(model_folder.POCKET / config.vocabulary)
    except (OSError, VocabularyError, model_folder.ModelFolderError):
        return None
    ids = tokenizer.encode(str(settings.get(TEXT, "")))[:MAX_TOKENS]
    pieces = [tokenizer.decode_bytes([id]).decode(errors="replace") for id in ids]
    return {"folder": str(model_folder.POCKET), "n_heads": config.cfg.n_heads, "ids": ids, "pieces": pieces}


def offer_pocket(request: Mapping[str, Any]) -> None:
    """Reads the weights in the engine's process, from which the learner's process is forked."""
    from exercises.kit import pocket
    from reference.safetensors_file import SafetensorsError, read_safetensors

    try:
        tensors = read_safetensors(Path(request["folder"]) / model_folder.WEIGHTS)
    except (OSError, SafetensorsError):
        return
    weights = {name: tensor.float() for name, tensor in tensors.items()}
    pocket.offer(pocket.Pocket(weights, request["n_heads"], request["ids"], request["pieces"]))
