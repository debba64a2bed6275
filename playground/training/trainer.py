"""Trains a new model on a text, with checkpoints from which it continues exactly."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from playground.byte_bpe import ByteBPE
from playground.host.own_code import PartError
from playground.training.controls import Controls
from playground.training.fused_gpt import loss_of
from playground.training.loop import TrainingLoop
from playground.training.model_building import TrainedModel
from playground.training.run_folder import RunFolder
from playground.training.text_data import Batches, Tokens, held_out_batches
from playground.training_messages import (
    Ended,
    Evaluation,
    Prepared,
    Sample,
    TrainingEvent,
)
from playground.training_recipe import Recipe
from reference.generation import generate

BETAS = (0.9, 0.95)
EVALUATION_BATCHES = 20
SAMPLE_TOKENS, SAMPLE_TEMPERATURE, SAMPLE_TOP_K = 100, 0.8, 40
RESOLUTION = 100_000  # steps of the schedule where the training ends after minutes


class Trainer(TrainingLoop):
    """The training of a new model: everything that the next step depends on is in `_state`, or follows from the recipe.

    `send` receives the events, and `controls` what the user wants. Model, optimizer and random numbers continue
    bit for bit from a checkpoint on the CPU, with the same number of threads.
    """

    def __init__(
        self, folder: RunFolder, trained: TrainedModel, tokenizer: ByteBPE, tokens: Tokens,
        controls: Controls, send: Callable[[TrainingEvent], None],
    ) -> None:  # fmt: skip
        super().__init__(folder, folder.recipe, controls, send)
        self.folder, self.tokenizer = folder, tokenizer
        self.model, self.base, self.sizes, self.parts = trained.model, trained.base, trained.sizes, trained.parts
        self.recipe: Recipe = folder.recipe
        self.tokens = tokens
        self.optimizer = _optimizer(self.model, self.recipe)
        recipe = self.recipe
        self.batches = Batches(tokens.training, recipe.batch_size, recipe.context_length, recipe.seed)
        self.held_out = held_out_batches(
            tokens.validation, recipe.batch_size, recipe.context_length, EVALUATION_BATCHES
        )

    def run(self) -> Ended:
        """Trains to the end, until the user stops, until a loss is not finite, or until a part of the learner fails."""
        recipe = self.recipe
        per_epoch = self.batches.blocks * recipe.context_length
        epochs = recipe.steps * recipe.tokens_per_step / per_epoch if recipe.steps else None
        self.send(
            Prepared(
                self.folder.path.name, self.step, recipe.steps, recipe.minutes,
                sum(p.numel() for p in self.model.parameters()), self.sizes.vocab_size,
                len(self.tokens.training), len(self.tokens.validation), epochs, self.parts,
            )
        )  # fmt: skip
        try:
            return self.run_loop()
        except PartError as error:
            kept = f" The checkpoint of step {self.saved:,} is kept." if self.saved is not None else ""
            return Ended("failed", self.step, self.saved, self.validation_loss, f"{error}{kept}")

    def train_step(self, lr: float) -> tuple[float, float, int]:
        inputs, targets = self.batches.batch(self.step)
        self.model.train()
        loss = loss_of(self.model, inputs, targets, self.recipe.precision)
        loss.backward()
        norm = float(nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip, foreach=True))
        value = float(loss.detach())
        if math.isfinite(value) and math.isfinite(norm):
            for group in self.optimizer.param_groups:
                group["lr"] = lr
            self.optimizer.step()
            self.step += 1
        self.optimizer.zero_grad(set_to_none=True)
        return value, norm, inputs.numel()

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

    def write_checkpoint(self) -> None:
        """Writes a checkpoint and the model."""
        weights = {name: value for name, value in self.base.state_dict().items() if not name.endswith(".mask")}
        state = {f"model.{name}": value for name, value in weights.items()}
        for place, values in self.optimizer.state_dict()["state"].items():
            state |= {f"optimizer.{place}.{name}": value for name, value in values.items()}
        state["random"] = torch.get_rng_state()
        metadata = {"step": str(self.step), "seconds": repr(self.seconds), "loss": json.dumps(self.validation_loss)}
        self.folder.save(self.step, state, metadata, weights, self.sizes, self.validation_loss, self.seconds)

    def restore(self, step: int, state: dict[str, Tensor], metadata: dict[str, str]) -> None:
        """Continues from a checkpoint of `save`."""
        weights = {name.removeprefix("model."): value for name, value in state.items() if name.startswith("model.")}
        missing, unexpected = self.base.load_state_dict(weights, strict=False)
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


def _optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW, which shrinks matrices but neither biases nor the scales and shifts of layer norms."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": recipe.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    with contextlib.suppress(RuntimeError):  # where this PyTorch has no fused AdamW for the CPU
        return torch.optim.AdamW(groups, lr=recipe.lr, betas=BETAS, fused=True)
    return torch.optim.AdamW(groups, lr=recipe.lr, betas=BETAS, foreach=True)
