"""The GRPO view: a model learns to calculate from rewards; shows reward, entropy, KL and completions as they come."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace
from textual.widgets import Sparkline

from playground.catalogue import ABACUS
from playground.grpo_messages import Grpo, Rollouts, Solved
from playground.grpo_recipe import GRPO_EXERCISES
from playground.own_parts import OwnParts
from tui.background import start
from tui.screens.playground.grpo_training import GrpoTraining, grpo_continuation
from tui.screens.playground.train import SPARKS, TrainView
from tui.widgets.grpo_form import GrpoForm

SHOWN = 6  # completions


class GrpoView(TrainView):
    """Trains abacus with GRPO, by the learner's functions where they have passed."""

    NAME = "grpo"
    CURVES = "reward", "right"
    SMALL = ("entropies", "entropy"), ("divergences", "KL"), ("lengths", "tokens")
    run: GrpoTraining

    def _new_run(self) -> GrpoTraining:
        return GrpoTraining(self._on_event)

    def _new_form(self) -> GrpoForm:
        return GrpoForm(self._free_name("calculator"))

    def action_start(self) -> None:
        """Starts a new training, or continues the one in the folder with the given name."""
        assert isinstance(self.form, GrpoForm)
        recipe = self.form.recipe()
        if recipe is None or self.run.active:
            return
        out, folder = self.folder / self.form.name_value, str(ABACUS.folder)
        files = []
        if recipe.parts == "mine":
            files = OwnParts(self.controller.learner.workspace).passed_files(GRPO_EXERCISES)
        begin = grpo_continuation(out, folder, recipe) or Grpo(str(out), folder, recipe)
        start(self.screen, partial(self.run.run, replace(begin, files=files)), "training")

    def _draw_curves(self) -> None:
        recent = self.run.rollouts[-SPARKS:]
        self.plot.show(self.run.rewards, self.run.right)
        self.query_one("#entropies", Sparkline).data = [event.entropy for event in recent]
        self.query_one("#divergences", Sparkline).data = [event.kl for event in recent]
        self.query_one("#lengths", Sparkline).data = [event.length for event in recent]

    def _written(self) -> str:
        return completions(self.run.rollouts[-1]) if self.run.rollouts else ""

    def _status(self) -> str:
        return status(self.run)


def completions(event: Rollouts) -> str:
    """Returns the problem, and a line for each of the first attempts: whether it is right, and its text."""
    lines = [f"{event.problem} The right answer is {event.answer}."]
    for attempt in event.completions[:SHOWN]:
        lines.append(f"{'✓' if attempt.right else '✗'} {' '.join(attempt.text.split())}")
    return "\n".join(lines)


def status(run: GrpoTraining) -> str:
    """Returns the state and the figures in some lines."""
    if run.state == "idle":
        return (
            "Press Start: abacus writes attempts at sums, and learns from those that are right.\n"
            "Your reasoning-run, grpo-loss and answer-check are used once they have passed."
        )
    head = {"preparing": f"Preparing: {run.message} …", "training": "Training", "paused": "Paused, with a checkpoint",
            "stopping": "Stopping after this step, with a checkpoint …", "finished": "Finished",
            "stopped": run.stopped_text, "failed": run.message}[run.state]  # fmt: skip
    lines = [head]
    if run.state == "training" and not run.rollouts:
        lines[0] += ": it writes the first attempts …" if run.solved else ": it tries the held-out problems first …"
    if run.steps:
        last = run.steps[-1]
        lines[0] += f" · step {last.step:,} · {last.done:.0%}" if run.state != "failed" else ""
    if run.rollouts:
        event = run.rollouts[-1]
        lines.append(f"reward {event.reward:.2f} · right {event.right:.0%}")
        lines.append(f"entropy {event.entropy:.3f} · KL {round(event.kl, 3) + 0.0:.3f}")  # no "-0.000"
    if run.solved:
        first, last_solved = run.solved[0], run.solved[-1]
        change = f" → {_share(last_solved)}" if last_solved is not first else ""
        lines.append(f"held-out problems: right {_share(first)}{change}")
    if run.begun is not None and run.state in ("training", "paused"):
        yours = [exercise for exercise, owner in run.begun.parts if owner == "yours"]
        lines.append(f"with your {', '.join(yours)}" if yours else "with the reference's step")
    if run.pathologies:
        pathology = run.pathologies[-1]
        lines.append(f"Step {pathology.step:,}, {pathology.name}: {pathology.text}")
    if run.message and run.state in ("training", "paused", "finished"):
        lines.append(run.message)
    return "\n".join(lines)


def _share(event: Solved) -> str:
    return f"{event.right / event.total:.0%}"
