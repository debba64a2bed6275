"""Uses an adapter outside a conversation: classifies texts, or writes the model with the adapter merged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import torch
from torch import Tensor, nn

from playground.adapter_folder import AdapterConfig, AdapterError
from playground.finetune_messages import Classified, Merged, UseAdapter
from playground.host.adapted_gguf import AdaptedGGUF
from playground.host.adapter import apply_adapter, load_adapter, wrong_base
from playground.host.cached_gpt import load_model
from playground.host.tensor_file import write_checked
from playground.host.trained_model import load_trained
from playground.model_folder import VOCABULARY, WEIGHTS, ModelFolderError, write_config
from playground.training.finetune_base import Base, BaseError, open_base
from playground.training.finetune_examples import Example, message_ids
from playground.training.finetune_forward import ExampleModel
from playground.training_messages import Ended, TrainingEvent
from reference.gguf_file import GGUFError
from reference.gpt import GPTModel


def use_adapter(request: UseAdapter, send: Callable[[TrainingEvent], None]) -> Ended:
    """Does what is asked. Whatever is wrong with the request becomes the message of the Ended event."""
    folder, model = Path(request.folder), Path(request.model_path)
    try:
        config, tensors = load_adapter(folder)
        if request.out is not None:
            send(merge(config, folder, model, Path(request.out)))
        else:
            base = open_base(model, Path(request.vocabulary) if request.vocabulary else None)
            if base.sha256 != config.base.sha256:
                raise wrong_base(config, folder, model)
            for text in request.texts:
                send(classify(config, tensors, base, text))
    except (AdapterError, BaseError, GGUFError, ModelFolderError) as error:
        return Ended("failed", 0, None, message=str(error), wrong_usage=True)
    except OSError as error:
        where = request.out or error.filename or request.folder
        return Ended("failed", 0, None, message=f"{where} cannot be read or written: {error.strerror or error}.")
    return Ended("finished", config.steps, config.steps)


@torch.no_grad()
def classify(config: AdapterConfig, tensors: dict[str, Tensor], base: Base, text: str) -> Classified:
    """Returns the label of a text. Raises AdapterError if the adapter is no classifier for this model."""
    if config.method != "classify":
        raise AdapterError(f"This is a fine-tuning of the kind {config.method}, which has no labels to choose from.")
    head = nn.Linear(base.head.in_features, len(config.labels))
    try:
        for name, tensor in tensors.items():
            is_head = name.startswith("head.")
            (head if is_head else base.model).get_parameter(name.removeprefix("head.")).copy_(tensor)
    except (AttributeError, RuntimeError) as error:
        raise AdapterError(f"The adapter does not fit the model: {error}.") from error
    ids = message_ids(base.tokenizer, text, min(config.max_length, base.context_length))
    example = Example(0, ids, (len(ids) - 1,), (0,))
    logits = head(ExampleModel(base.backbone, 0).hidden([example]))[0]  # (labels,)
    shares = torch.softmax(logits, dim=-1).tolist()
    label = config.labels[int(logits.argmax())]
    return Classified(text, label, dict(zip(config.labels, shares, strict=True)))


def merge(config: AdapterConfig, folder: Path, model: Path, out: Path) -> Merged:
    """Writes the merged model. Raises AdapterError, GGUFError or OSError."""
    if out.exists():
        raise AdapterError(f"{out} exists already. Name a new file.")
    if model.is_dir():
        return merge_folder(folder, model, out)
    kind, suffix = ("GGUF", ".gguf") if model.suffix == ".gguf" else ("safetensors", ".safetensors")
    if out.suffix != suffix:
        raise AdapterError(f"The merged model is a {kind} file: give it a name such as {out.with_suffix(suffix).name}.")
    if kind == "GGUF":
        AdaptedGGUF(model, folder).write(out)
    else:
        gpt = load_model(model)[0].gpt
        apply_adapter(gpt, folder, model)
        write_checked(out, weights_of(gpt), {})
    return Merged(str(out), out.stat().st_size)


def weights_of(gpt: GPTModel) -> dict[str, Tensor]:
    """Returns the weights by the names of the course's GPTModel, without the causal masks."""
    return {name: weight for name, weight in gpt.state_dict().items() if not name.endswith(".mask")}


def merge_folder(folder: Path, model: Path, out: Path) -> Merged:
    """Writes the folder of a trained model with the adapter merged, complete or not at all."""
    trained = load_trained(model)
    apply_adapter(trained.gpt, folder, model)
    part = out.with_name(f"{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        write_checked(part / WEIGHTS, weights_of(trained.gpt), {})
        trained.tokenizer.save(part / VOCABULARY)
        config = msgspec.structs.replace(
            trained.config, name=f"{trained.config.name} + {folder.name}", vocabulary=VOCABULARY, validation_loss=None,
            sample_loss=None,
        )  # fmt: skip
        write_config(part, config)
        part.rename(out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return Merged(str(out), (out / WEIGHTS).stat().st_size)
