"""Trains a model step by step, reports what happens, and keeps checkpoints from which it continues exactly."""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from playground.byte_bpe import ByteBPE
from playground.model_folder import Sizes
from playground.training.controls import Controls, Stopped
from playground.training.fused_gpt import loss_of
from playground.training.run_folder import RunFolder
from playground.training.text_data import Batches, Tokens, held_out_batches
from playground.training_messages import (
    Continued,
    Ended,
    Evaluation,
    Note,
    Paused,
    Prepared,
    Sample,
    Saved,
    Step,
    TrainingEvent,
)
from playground.training_recipe import Recipe
from reference.generation import generate
from reference.schedule import lr_at

BETAS = (0.9, 0.95)
EVALUATION_BATCHES = 20
SAMPLE_TOKENS, SAMPLE_TEMPERATURE, SAMPLE_TOP_K = 100, 0.8, 40
RESOLUTION = 100_000  # steps of the schedule where the training ends after minutes


class Trainer:
    """The state of a training: everything that the next step depends on is in `_state`, or follows from the recipe.

    `send` receives the events, and `controls` what the user wants. Model, optimizer and random numbers continue
    bit for bit from a checkpoint on the CPU, with the same number of threads.
    """

    def __init__(
        self, folder: RunFolder, model: nn.Module, sizes: Sizes, tokenizer: ByteBPE, tokens: Tokens,
        controls: Controls, send: Callable[[TrainingEvent], None],
    ) -> None:  # fmt: skip
        self.folder, self.model, self.sizes, self.tokenizer = folder, model, sizes, tokenizer
        self.recipe: Recipe = folder.recipe
        self.tokens, self.controls, self._send = tokens, controls, send
        self.optimizer = _optimizer(model, self.recipe)
        recipe = self.recipe
        self.batches = Batches(tokens.training, recipe.batch_size, recipe.context_length, recipe.seed)
        self.held_out = held_out_batches(
            tokens.validation, recipe.batch_size, recipe.context_length, EVALUATION_BATCHES
        )
        self.step = 0  # the optimizer steps done
        self.seconds = 0.0  # trained so far, without pauses
        self.validation_loss: float | None = None
        self.saved: int | None = None  # the step of the last good checkpoint
        self._started = self._saved_at = time.monotonic()

    # the loop

    def run(self, parts: list[tuple[str, str]]) -> Ended:
        """Trains to the end, until the user stops, or until a loss is not finite."""
        recipe = self.recipe
        per_epoch = self.batches.blocks * recipe.context_length
        epochs = recipe.steps * recipe.tokens_per_step / per_epoch if recipe.steps else None
        self.send(
            Prepared(
                self.folder.path.name, self.step, recipe.steps, recipe.minutes,
                sum(p.numel() for p in self.model.parameters()), self.sizes.vocab_size,
                len(self.tokens.training), len(self.tokens.validation), epochs, parts,
            )
        )  # fmt: skip
        self._started = time.monotonic() - self.seconds
        self._saved_at = time.monotonic()
        try:
            return self._loop()
        except Stopped:
            return self._end("stopped")

    def _loop(self) -> Ended:
        losses: list[float] = []
        trained = 0.0  # seconds in the steps since the last report
        while self.done < 1:
            self._obey()
            begun = time.monotonic()
            lr = self.learning_rate()
            loss, norm = self.train_step(lr)
            if not (math.isfinite(loss) and math.isfinite(norm)):
                return self._diverged(loss, norm)
            trained += time.monotonic() - begun
            self.seconds = self._elapsed()
            losses.append(loss)
            if self.step % self.recipe.log_every == 0 or self.done >= 1:
                speed = len(losses) * self.recipe.tokens_per_step / max(trained, 1e-9)
                mean = sum(losses) / len(losses)
                event = Step(self.step, mean, lr, norm, round(speed, 1), round(self.seconds, 2), self.done)
                self.send(event)
                losses, trained = [], 0.0
            self._between_steps()
        return self._end("finished")

    def _between_steps(self) -> None:
        """Evaluates, samples and saves where it is time to. The last step is evaluated at the end."""
        if self.done >= 1:
            return
        if self.step % self.recipe.eval_every == 0:
            self.evaluate()
        if self.step % self.recipe.sample_every == 0:
            self.sample()
        if time.monotonic() - self._saved_at >= self.recipe.save_minutes * 60:
            self._try_save()

    def _obey(self) -> None:
        if self.controls.stopping:
            raise Stopped
        if self.controls.paused:
            self._try_save()
            self.send(Paused(self.step))
            self.controls.wait()  # raises Stopped
            self._started = time.monotonic() - self.seconds
            self.send(Continued(self.step))

    @property
    def done(self) -> float:
        """The fraction of the training that is done, 0 to 1."""
        if self.recipe.steps is not None:
            return min(1.0, self.step / self.recipe.steps)
        assert self.recipe.minutes is not None
        return min(1.0, self.seconds / (self.recipe.minutes * 60))

    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        total, place = self.recipe.steps, self.step
        if total is None:
            total, place = RESOLUTION, int(self.done * RESOLUTION)
        total = max(total, 2)
        warmup = min(max(1, round(self.recipe.warmup * total)), total - 1)
        return lr_at(place, total, warmup, self.recipe.lr, self.recipe.lr / warmup, self.recipe.min_lr)

    def train_step(self, lr: float) -> tuple[float, float]:
        """Adjusts the weights by one batch, unless a number is not finite. Returns the loss and the gradient's norm."""
        inputs, targets = self.batches.batch(self.step)
        self.model.train()
        loss = loss_of(self.model, inputs, targets)
        loss.backward()
        norm = float(nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip, foreach=True))
        value = float(loss.detach())
        if math.isfinite(value) and math.isfinite(norm):
            for group in self.optimizer.param_groups:
                group["lr"] = lr
            self.optimizer.step()
            self.step += 1
        self.optimizer.zero_grad(set_to_none=True)
        return value, norm

    # what is reported

    @torch.no_grad()
    def evaluate(self) -> None:
        """Measures and sends the loss of the held-out text."""
        self.model.eval()
        total, count = 0.0, 0
        for inputs, targets in self.held_out:
            self.controls.check()
            total += float(loss_of(self.model, inputs, targets)) * targets.numel()
            count += targets.numel()
        self.validation_loss = total / count
        self.send(Evaluation(self.step, self.validation_loss, count))

    def sample(self) -> None:
        """Writes and sends a text; the random numbers of the training stay as they are."""
        ids = [self.tokenizer.end_id, *self.tokenizer.encode(self.recipe.prompt, special=False)]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.recipe.seed * 1_000_003 + self.step)
            top_k = min(SAMPLE_TOP_K, self.sizes.vocab_size)
            context = self.recipe.context_length
            made = generate(self.model, torch.tensor([ids]), SAMPLE_TOKENS, context, SAMPLE_TEMPERATURE, top_k,
                            self.tokenizer.end_id)  # fmt: skip
        text = self.tokenizer.decode(made[0, len(ids) :].tolist())
        self.send(Sample(self.step, self.recipe.prompt, text))

    def send(self, event: TrainingEvent) -> None:
        """Logs and sends an event."""
        self.folder.log(event)
        self._send(event)

    # checkpoints

    def save(self) -> None:
        """Writes a checkpoint and the model. Raises OSError."""
        begun = time.monotonic()
        weights = {name: value for name, value in self.model.state_dict().items() if not name.endswith(".mask")}
        state = {f"model.{name}": value for name, value in weights.items()}
        for place, values in self.optimizer.state_dict()["state"].items():
            state |= {f"optimizer.{place}.{name}": value for name, value in values.items()}
        state["random"] = torch.get_rng_state()
        metadata = {"step": str(self.step), "seconds": repr(self.seconds), "loss": json.dumps(self.validation_loss)}
        self.folder.save(self.step, state, metadata, weights, self.sizes, self.validation_loss, self.seconds)
        self.saved, self._saved_at = self.step, time.monotonic()
        self.send(Saved(self.step, round(self._saved_at - begun, 3)))

    def restore(self, step: int, state: dict[str, Tensor], metadata: dict[str, str]) -> None:
        """Continues from a checkpoint of `save`."""
        weights = {name.removeprefix("model."): value for name, value in state.items() if name.startswith("model.")}
        missing, unexpected = self.model.load_state_dict(weights, strict=False)
        wrong = [name for name in [*missing, *unexpected] if not name.endswith(".mask")]
        if wrong:
            raise ValueError(f"the checkpoint does not fit the model, for example {wrong[0]}")
        optimizer = self.optimizer.state_dict()
        for name, value in state.items():
            if name.startswith("optimizer."):
                _, place, key = name.split(".")
                optimizer["state"].setdefault(int(place), {})[key] = value
        self.optimizer.load_state_dict(optimizer)
        torch.set_rng_state(state["random"].clone())
        self.step = self.saved = step
        self.seconds = float(metadata["seconds"])
        self.validation_loss = json.loads(metadata["loss"])

    def _try_save(self) -> None:
        """Saves; if that fails, a note says why, and the training goes on and tries again later."""
        try:
            self.save()
        except OSError as error:
            self._saved_at = time.monotonic()
            self.send(Note(f"{self._save_failed(error)} The training goes on and will try again."))

    def _save_failed(self, error: OSError) -> str:
        last = "There is no checkpoint yet." if self.saved is None else f"The last good one is of step {self.saved:,}."
        return f"The checkpoint of step {self.step:,} could not be written: {error.strerror}. {last}"

    def _end(self, reason: str) -> Ended:
        """Evaluates and saves at the end. The user can stop a training at any step, so all of it is done here."""
        message = ""
        if reason == "finished":
            with contextlib.suppress(Stopped):
                self.evaluate()
                self.sample()
        if self.saved != self.step:
            try:
                self.save()
            except OSError as error:
                reason, message = "failed", self._save_failed(error)
        assert reason in ("finished", "stopped", "failed")
        return Ended(reason, self.step, self.saved, self.validation_loss, message)  # type: ignore[arg-type]

    def _diverged(self, loss: float, norm: float) -> Ended:
        what = f"the loss is {loss}" if not math.isfinite(loss) else f"the gradient's norm is {norm}"
        kept = f"The checkpoint of step {self.saved:,} is kept." if self.saved is not None else "No checkpoint is kept."
        message = (
            f"Stopped at step {self.step + 1:,}: {what}, so the weights would be lost. {kept} "
            "Try a smaller learning rate or a longer warm-up."
        )
        return Ended("failed", self.step, self.saved, self.validation_loss, message)

    def _elapsed(self) -> float:
        return time.monotonic() - self._started


def _optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW, which shrinks matrices but neither biases nor the scales and shifts of layer norms."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": recipe.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    with contextlib.suppress(RuntimeError):  # where this PyTorch has no fused AdamW for the CPU
        return torch.optim.AdamW(groups, lr=recipe.lr, betas=BETAS, fused=True)
    return torch.optim.AdamW(groups, lr=recipe.lr, betas=BETAS, foreach=True)
