"""Trains the weights of a fine-tuning, measures what it reaches, and writes the adapter with each checkpoint."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
import torch
import torch.nn.functional as F
from torch import Tensor

from playground.adapter_folder import WEIGHTS, AdapterConfig, BaseModel, write_adapter
from playground.finetune_messages import AnswerPair, Answers, HeldOut, Tuning
from playground.finetune_recipe import FinetuneRecipe
from playground.host.tensor_file import write_checked
from playground.training.checkpoints import CheckpointFolder
from playground.training.controls import Controls
from playground.training.finetune_answers import answers
from playground.training.finetune_base import Base
from playground.training.finetune_examples import Example, batches
from playground.training.finetune_forward import targets_of
from playground.training.finetune_merge import check_merge
from playground.training.finetune_setup import Examples, Tuned
from playground.training.loop import TrainingLoop
from playground.training_messages import Ended, Note, Preparing, TrainingEvent
from reference.adamw import AdamW
from reference.clipping import clip_grad_norm

BATCH = 16  # held-out examples in one pass
MARGIN = 1.2  # of the time for measuring at the end, which includes the merge
MIN_TRAINING = 0.2  # the fraction of the minutes that is left for the steps, however long the measuring takes


class FinetuneTrainer(TrainingLoop):
    """A fine-tuning. It continues bit for bit from a checkpoint on the CPU, with the same number of threads."""

    def __init__(
        self, folder: CheckpointFolder, recipe: FinetuneRecipe, base: Base, examples: Examples, tuned: Tuned,
        controls: Controls, send: Callable[[TrainingEvent], None], started: float,
    ) -> None:  # fmt: skip
        super().__init__(folder, recipe, controls, send)
        self.folder, self.recipe, self.base, self.examples, self.tuned = folder, recipe, base, examples, tuned
        self.optimizer = AdamW(list(tuned.parameters.values()), lr=recipe.lr, weight_decay=recipe.weight_decay)
        added = sum(p.numel() for p in tuned.parameters.values()) if tuned.lora else 0
        self.parameters = sum(p.numel() for p in base.model.parameters()) - added
        self.before: HeldOut | None = None
        self.after: HeldOut | None = None
        self.answers_before: list[str] = []
        self.overhead = 0.0  # seconds before the first step, and as much as what is measured at the end will take
        self._begun = started
        self._epoch = 0
        self._batches = batches(examples.training, recipe.batch_size, recipe.seed, 0)
        ordered = sorted(examples.held_out, key=lambda example: (len(example.ids), example.key))
        self._held_out_batches = [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]
        tuned.model.keep([*self._batches, *self._held_out_batches])

    def run(self, parts: list[tuple[str, str]]) -> Ended:
        """Measures the model as it is, trains it and measures it again."""
        tuned, recipe = self.tuned, self.recipe
        last = len(self.base.backbone.blocks) - 1
        self.send(
            Tuning(
                recipe.method, self.base.name, self.step, recipe.steps, recipe.minutes,
                sum(p.numel() for p in tuned.parameters.values()),
                self.parameters,
                (tuned.first, last), len(self.examples.training), len(self.examples.held_out), parts,
            )
        )  # fmt: skip
        if self.before is None:
            begun = time.monotonic()
            self.before = self._held_out("before")
            self.send(self.before)
            evaluated = time.monotonic()
            self.answers_before = self._answers()
            now = time.monotonic()
            trained = 1 - tuned.first / (last + 1)  # the frozen blocks need not run again
            measured_again = (evaluated - begun) * trained + now - evaluated
            self.overhead = now - self._begun + MARGIN * measured_again
            write_adapter(self.folder.path, self.config())  # from here on the folder is a training's
        return self.run_loop()

    @property
    def done(self) -> float:
        """The fraction of the training that is done, 0 to 1, where the minutes include the measuring."""
        if self.recipe.minutes is None:
            return super().done
        seconds = self.recipe.minutes * 60
        return min(1.0, self.seconds / max(seconds * MIN_TRAINING, seconds - self.overhead))

    def train_step(self, lr: float) -> tuple[float, float, int]:
        batch = self._batch()
        logits = self.tuned.head(self.tuned.model.hidden(batch))  # (N, V), or (N, labels)
        loss = F.cross_entropy(logits, targets_of(batch))
        loss.backward()
        norm = float(clip_grad_norm(self.tuned.parameters.values(), self.recipe.clip))
        value = float(loss.detach())
        if math.isfinite(value) and math.isfinite(norm):
            for group in self.optimizer.param_groups:
                group["lr"] = lr
            self.optimizer.step()
            self.step += 1
        self.optimizer.zero_grad(set_to_none=True)
        return value, norm, self.tuned.model.token_count(batch)

    def _batch(self) -> list[Example]:
        """The batch of the next step. An epoch's batches depend on the seed and its number only."""
        per_epoch = math.ceil(len(self.examples.training) / self.recipe.batch_size)
        epoch, place = divmod(self.step, per_epoch)
        if epoch != self._epoch:
            self._batches = batches(self.examples.training, self.recipe.batch_size, self.recipe.seed, epoch)
            self._epoch = epoch
        return self._batches[place]

    # what is measured

    def evaluate(self) -> None:
        self.send(self._held_out("during"))

    def finish(self) -> None:
        """Saves, then measures the trained model, and whether merging its LoRA layers gives the same."""
        self._try_save()
        self.after = self._held_out("after")
        self.send(self.after)
        if self.examples.asked:
            after = self._answers()
            pairs = [
                AnswerPair(entry.request, entry.output, *texts)
                for entry, *texts in zip(self.examples.asked, self.answers_before, after, strict=True)
            ]
            self.send(Answers(self.step, pairs))
        if self.saved == self.step:  # else the loop saves again
            try:
                write_adapter(self.folder.path, self.config())
            except OSError as error:
                self.send(Note(f"{self.folder.path} does not have the last losses: {error.strerror}."))
        if self.tuned.lora is not None:
            sample = self._held_out_batches[0]
            self.send(check_merge(self.tuned.lora, lambda: self._logits(sample), self.step))

    @torch.no_grad()
    def _logits(self, examples: Sequence[Example]) -> Tensor:
        logits: Tensor = self.tuned.head(self.tuned.model.hidden(examples))
        return logits

    def _held_out(self, when: Literal["before", "during", "after"]) -> HeldOut:
        """Measures the loss of all held-out examples, and a classifier's accuracy."""
        labels = self.examples.labels
        total, count = 0.0, 0
        confusion = torch.zeros(len(labels), len(labels), dtype=torch.long)
        what = f"measuring the loss of {len(self.examples.held_out)} held-out examples"
        for number, chunk in enumerate(self._held_out_batches):
            self._report(what, number / len(self._held_out_batches))
            logits, targets = self._logits(chunk), targets_of(chunk)
            total += float(F.cross_entropy(logits, targets, reduction="sum"))
            count += len(targets)
            if labels:
                confusion += torch.bincount(targets * len(labels) + logits.argmax(-1), minlength=len(labels) ** 2).view(
                    len(labels), len(labels)
                )
        self.validation_loss = total / count
        accuracy = int(confusion.trace()) / count if labels else None
        return HeldOut(self.step, when, self.validation_loss, count, accuracy, labels, confusion.tolist())

    def _answers(self) -> list[str]:
        return answers(self.base, self.examples.asked, self.controls.check)

    def _report(self, what: str, done: float) -> None:
        self.controls.check()
        self._send(Preparing(what, round(done, 3)))

    # checkpoints

    def write_checkpoint(self) -> None:
        """Writes a checkpoint, the adapter and its configuration."""
        tensors = {name: parameter.detach() for name, parameter in self.tuned.parameters.items()}
        state = {f"weights.{name}": tensor for name, tensor in tensors.items()}
        for name, parameter in self.tuned.parameters.items():
            values = self.optimizer.state[parameter]
            state |= {f"{key}.{name}": values[key] for key in ("m", "v") if values}
        metadata = {"seconds": repr(self.seconds), "loss": json.dumps(self.validation_loss),
                    "overhead": repr(self.overhead), "answers": json.dumps(self.answers_before),
                    "before": msgspec.json.encode(self.before).decode(), "examples": self.examples.checksum,
                    "base": self.base.sha256}  # fmt: skip
        self.folder.write_checkpoint(self.step, state, metadata)
        write_checked(self.folder.path / WEIGHTS, tensors, {})
        write_adapter(self.folder.path, self.config())

    @torch.no_grad()
    def restore(self, step: int, state: dict[str, Tensor], metadata: dict[str, str]) -> None:
        """Continues from a checkpoint. Raises ValueError if the examples or the model are different ones."""
        if metadata["examples"] != self.examples.checksum:
            raise ValueError("The examples have changed since the training began, so it cannot continue exactly.")
        for name, parameter in self.tuned.parameters.items():
            parameter.copy_(state[f"weights.{name}"])
            if f"m.{name}" in state:
                moments = {key: state[f"{key}.{name}"].clone() for key in ("m", "v")}
                self.optimizer.state[parameter] = {"t": step, **moments}
        self.step = self.saved = step
        self.seconds, self.overhead = float(metadata["seconds"]), float(metadata["overhead"])
        self.validation_loss = json.loads(metadata["loss"])
        self.answers_before = json.loads(metadata["answers"])
        self.before = msgspec.json.decode(metadata["before"], type=HeldOut)

    def config(self) -> AdapterConfig:
        """The adapter's entry for config.json."""
        base, recipe, lora = self.base, self.recipe, self.tuned.lora
        layers: dict[str, Any] = {}
        if lora is not None:
            layers = {"rank": lora.rank, "alpha": lora.alpha, "scale": lora.scale, "targets": lora.names}
        return AdapterConfig(
            kind="adapter", method=recipe.method, **layers,
            base=BaseModel(recipe.model, base.name, str(base.path), base.sha256),
            first_block=self.tuned.first, labels=self.examples.labels, max_length=recipe.max_length,
            recipe=msgspec.to_builtins(recipe), steps=self.step, seconds=round(self.seconds, 1),
            loss_before=self.before.loss if self.before else None, loss_after=self.after.loss if self.after else None,
            accuracy_before=self.before.accuracy if self.before else None,
            accuracy_after=self.after.accuracy if self.after else None,
        )  # fmt: skip
