"""Trains a model with GRPO, with checkpoints from which it continues exactly."""

from __future__ import annotations

import copy
import itertools
import json
import math
from collections.abc import Callable
from typing import Any, Literal

import msgspec
import torch
from torch import Tensor, nn

from exercises.texts.sums import sums
from playground.grpo_messages import Completion, Reinforcing, Rollouts, Solved
from playground.grpo_recipe import GrpoRecipe
from playground.host.host_error import HostError
from playground.host.tensor_file import write_checked
from playground.host.trained_model import TrainedModel
from playground.model_folder import WEIGHTS, ModelConfig, write_config
from playground.training.checkpoints import CheckpointFolder, FolderError
from playground.training.controls import Controls
from playground.training.fused_gpt import fuse
from playground.training.grpo_parts import GrpoParts
from playground.training.grpo_pathologies import Figures, Watch
from playground.training.loop import TrainingLoop
from playground.training.rollouts import Rollout, RolloutSampler
from playground.training_messages import Ended, TrainingEvent
from reference.answer_check import extract_final_candidate
from reference.reasoning_run import reward_rlvr

BETAS = (0.9, 0.95)
HELD_OUT_SEED, HELD_OUT_ROLLOUTS = 2_000_000, 4
SHOWN = 8  # completions of a report


class NotFinite(ArithmeticError):
    """The gradient has numbers that are not finite; the weights are still as they were."""


class GrpoTrainer(TrainingLoop):
    """A training of a GPT with GRPO on sums: everything that the next step depends on is in its checkpoint.

    The step and the reward are `parts`; what is measured of the completions comes from the sampler and the course's own
    answer check, so that a reward cannot hide what it teaches.
    """

    def __init__(
        self, folder: CheckpointFolder, recipe: GrpoRecipe, base: TrainedModel, parts: GrpoParts, controls: Controls,
        send: Callable[[TrainingEvent], None], base_sha256: str,
    ) -> None:  # fmt: skip
        super().__init__(folder, recipe, controls, send)
        self.folder, self.recipe, self.base, self.parts = folder, recipe, base, parts
        self.base_sha256 = base_sha256
        self.ref_model = base.gpt
        fuse(self.ref_model)
        self.model = copy.deepcopy(base.gpt).requires_grad_(True)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=recipe.lr, betas=BETAS, weight_decay=0.0)
        self.optimizer.register_step_pre_hook(self._before_change)
        self.sampler = RolloutSampler(
            base.config.book_cfg, base.tokenizer, recipe.max_new_tokens, recipe.temperature, controls.check
        )
        self.watch = Watch()
        self.before: Solved | None = None
        self.norm = 0.0
        self._groups: list[tuple[str, str, list[Rollout]]] = []  # of the step that is being made
        self._steps: list[tuple[Figures, float, float]] = []  # with KL and length, since the last report

    def run(self) -> Ended:
        """Trains to the end, until the user stops, a number is not finite, or a part of the learner's fails."""
        recipe = self.recipe
        self.send(
            Reinforcing(
                self.base.config.name, self.step, recipe.steps, recipe.minutes,
                sum(p.numel() for p in self.model.parameters()), recipe.problems, recipe.num_rollouts, recipe.reward,
                list(self.parts.owners),
            )
        )  # fmt: skip
        try:
            return self.run_loop()
        except HostError as error:
            kept = f" The checkpoint of step {self.saved:,} is kept." if self.saved is not None else ""
            return Ended("failed", self.step, self.saved, message=f"{error}{kept}")

    def run_loop(self) -> Ended:
        if self.before is None:
            self.before = self._solved("before")
        return super().run_loop()

    def train_step(self, lr: float) -> tuple[float, float, int]:
        recipe = self.recipe
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        first = self.step * recipe.problems
        drawn = list(itertools.islice(sums(recipe.seed + 1), first, first + recipe.problems))
        problems = [{"problem": each.problem, "answer": each.answer} for each in drawn]
        self._groups, self.norm = [], 0.0
        answers = {each.problem: each.answer for each in drawn}

        def sample(model: nn.Module, problem: str, num_rollouts: int) -> list[Rollout]:
            rollouts = self.sampler.sample(self.model, problem, num_rollouts)
            self._groups.append((problem, answers.get(problem, ""), rollouts))
            return [(ids.clone(), length, text) for ids, length, text in rollouts]

        try:
            figures = self.parts.figures(
                self.model, self.ref_model, self.optimizer, problems, sample, self._reward(),
                num_rollouts=recipe.num_rollouts, inner_epochs=recipe.inner_epochs, clip=recipe.clip, beta=recipe.beta,
                max_norm=recipe.max_norm,
            )  # fmt: skip
        except NotFinite:
            return math.nan, self.norm, 0
        self.step += 1
        tokens = self._record(figures["reward"], figures["entropy"], figures["kl"])
        return figures["loss"], self.norm, tokens

    def _before_change(self, optimizer: Any, *_: Any) -> None:
        """Measures the gradient before it changes the weights; one that is not finite changes nothing."""
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        self.norm = float(torch.nn.utils.get_total_norm(gradients)) if gradients else 0.0
        if not math.isfinite(self.norm):
            raise NotFinite

    def _reward(self) -> Callable[[str, str], float]:
        if self.recipe.reward == "format":
            return lambda text, _: float("=" in text and bool(extract_final_candidate(text, None)))
        return self.parts.reward

    def _record(self, reward: float, entropy: float, kl: float) -> int:
        """Adds a step to what is reported. Returns its number of tokens."""
        completions = [self._judged(answer, rollouts) for _, answer, rollouts in self._groups]
        flat = [completion for group in completions for completion in group]
        count = max(1, len(flat))
        right = sum(completion.right for completion in flat) / count
        equal = sum(len({completion.reward for completion in group}) == 1 for group in completions)
        lengths = [len(ids) - start for _, _, rollouts in self._groups for ids, start, _ in rollouts]
        figures = Figures(reward, right, entropy, equal / max(1, len(completions)))
        self._steps.append((figures, kl, sum(lengths) / count))
        for pathology in self.watch.look(self.step, figures):
            self.send(pathology)
        if self.step % self.recipe.log_every == 0 and completions:
            self._report(completions[-1])
        return sum(lengths)

    def _judged(self, answer: str, rollouts: list[Rollout]) -> list[Completion]:
        reward = self._reward()
        return [
            Completion(text, float(reward(text, answer)), reward_rlvr(text, answer) == 1.0) for _, _, text in rollouts
        ]

    def _report(self, completions: list[Completion]) -> None:
        steps, self._steps = self._steps, []
        problem, answer, _ = self._groups[-1]

        def mean(values: list[float]) -> float:
            return round(sum(values) / len(steps), 5)

        self.send(
            Rollouts(
                self.step, mean([f.reward for f, _, _ in steps]), mean([f.right for f, _, _ in steps]),
                mean([f.entropy for f, _, _ in steps]), mean([kl for _, kl, _ in steps]),
                mean([f.equal for f, _, _ in steps]), mean([length for _, _, length in steps]),
                problem, answer, completions[:SHOWN],
            )
        )  # fmt: skip

    # held-out problems

    def evaluate(self) -> None:
        self._solved("during")

    def finish(self) -> None:
        self._solved("after")

    def _solved(self, when: Literal["before", "during", "after"]) -> Solved:
        """Counts and sends the right answers to held-out problems, and leaves the training's random numbers alone."""
        problems = itertools.islice(sums(HELD_OUT_SEED), self.recipe.held_out)
        right = 0
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(HELD_OUT_SEED)
            for each in problems:
                rollouts = self.sampler.sample(self.model, each.problem, HELD_OUT_ROLLOUTS)
                right += sum(reward_rlvr(text, each.answer) == 1.0 for _, _, text in rollouts)
        solved = Solved(self.step, when, right, self.recipe.held_out * HELD_OUT_ROLLOUTS)
        self.send(solved)
        return solved

    # checkpoints

    def write_checkpoint(self) -> None:
        """Writes a checkpoint and the model."""
        weights = {name: value for name, value in self.model.state_dict().items() if not name.endswith(".mask")}
        state = {f"model.{name}": value for name, value in weights.items()}
        for place, values in self.optimizer.state_dict()["state"].items():
            state |= {f"optimizer.{place}.{name}": value for name, value in values.items()}
        state["random"] = torch.get_rng_state()
        metadata = {
            "seconds": repr(self.seconds),
            "base": self.base_sha256,
            "before": json.dumps(msgspec.to_builtins(self.before)),
            "first": json.dumps([vars(figures) for figures in self.watch.first]),
        }
        self.folder.write_checkpoint(self.step, state, metadata)
        write_checked(self.folder.path / WEIGHTS, weights, {})
        self.base.tokenizer.save(self.folder.path / self.base.config.vocabulary)
        write_config(self.folder.path, self.config())

    def config(self) -> ModelConfig:
        """The content of config.json: the model can be opened like any that is trained."""
        return ModelConfig(
            name=self.folder.path.name, cfg=self.base.config.cfg, vocabulary=self.base.config.vocabulary,
            recipe=msgspec.to_builtins(self.recipe), steps=self.step, seconds=round(self.seconds, 1),
        )  # fmt: skip

    def restore(self, step: int, state: dict[str, Tensor], metadata: dict[str, str]) -> None:
        """Continues from a checkpoint. Raises FolderError if the training began with a different model."""
        if metadata["base"] != self.base_sha256:
            raise FolderError(
                f"The model {self.recipe.model} is not the one that the training in {self.folder.path} began with: its "
                "SHA-256 is different. Begin a new training."
            )
        weights = {name.removeprefix("model."): value for name, value in state.items() if name.startswith("model.")}
        self.model.load_state_dict(weights, strict=False)
        optimizer = self.optimizer.state_dict()
        for name, value in state.items():
            if name.startswith("optimizer."):
                _, place, key = name.split(".")
                optimizer["state"].setdefault(int(place), {})[key] = value
        self.optimizer.load_state_dict(optimizer)
        torch.set_rng_state(state["random"].clone())
        self.step = self.saved = step
        self.seconds = float(metadata["seconds"])
        self.before = msgspec.json.decode(metadata["before"], type=Solved | None)
        self.watch.first = [Figures(**figures) for figures in json.loads(metadata["first"])]
