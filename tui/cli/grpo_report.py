"""The lines that `fromscratch finetune grpo` prints for the events of a training with GRPO."""

from __future__ import annotations

from playground.catalogue import ABACUS
from playground.grpo_messages import Pathology, Reinforcing, Rollouts, Solved
from playground.training_messages import Ended, Step, TrainingEvent
from tui.cli.training_report import TrainingReport, duration


class GrpoReport(TrainingReport):
    """Words the events of one training, whose folder is `out`."""

    before: Solved | None = None
    after: Solved | None = None
    rollouts: Rollouts | None = None

    def line(self, event: TrainingEvent) -> str:
        match event:
            case Reinforcing():
                return self._begin(event)
            case Rollouts():
                self.rollouts = event  # shown with the step, which comes next
                return ""
            case Step():
                return "" if self.rollouts is None else self._step(event, self.rollouts)
            case Solved():
                return self._solved(event)
            case Pathology():
                return f"! {event.name[0].upper()}{event.name[1:]}. {event.text}"
            case Ended():
                return self._ended_with_figures(event)
        return super().line(event)

    def _begin(self, event: Reinforcing) -> str:
        self.steps = event.steps
        yours = [exercise for exercise, owner in event.parts if owner == "yours"]
        whose = f"your {', '.join(yours)}" if yours else "the reference's step (you have not passed reasoning-run)"
        start = f"Continues after step {event.step:,}." if event.step else "Ctrl-C saves and stops."
        return (
            f"{event.base}: {event.parameters:,} parameters, {event.num_rollouts} completions of each of "
            f"{event.problems} problems a step, reward for the right {event.reward}, {whose}\n{start}"
        ).replace("for the right format", "for steps and a box, right or wrong")

    def _step(self, step: Step, event: Rollouts) -> str:
        left = step.seconds * (1 - step.done) / max(step.done, 1e-9)
        wrong = next((attempt for attempt in event.completions if not attempt.right), None)
        shown = [attempt for attempt in (next((a for a in event.completions if a.right), None), wrong) if attempt]
        done = f"step {event.step:,} · {step.done:4.0%} · {duration(left)} left"
        figures = f"reward {event.reward:.2f} · right {event.right:.0%} · entropy {event.entropy:.3f}"
        others = f"KL {event.kl:.3f} · {event.length:.0f} tokens · equal groups {event.equal:.0%}"
        lines = [f"{done} · {figures} · {others}"]
        for attempt in shown:
            lines.append(f"    {'✓' if attempt.right else '✗'} {event.problem}{' '.join(attempt.text.split())}")
        return "\n".join(lines)

    def _solved(self, event: Solved) -> str:
        if event.when == "before":
            self.before = event
        if event.when == "after":
            self.after = event
        label = {"before": "Before", "during": "    held out", "after": "After"}[event.when]
        return f"{label}: {share(event)} of {event.total} completions of held-out problems are right"

    def _ended_with_figures(self, event: Ended) -> str:
        resume = f"Continue with `fromscratch finetune grpo --resume {self.out}`."
        if event.reason == "finished":
            change = ""
            if self.before is not None and self.after is not None and self.before.right:
                ratio = self.after.right / self.after.total / (self.before.right / self.before.total)
                change = f": right {share(self.before)} → {share(self.after)}, {ratio:.1f} times as often"
            use = f"fromscratch generate --model {self.out} --greedy {ABACUS.example}"
            return f"Finished after {event.step:,} steps{change}. Ask it with `{use}`."
        if event.reason == "stopped":
            if event.saved is None:
                return event.message or "Stopped before the first step; nothing to save."
            return f"Stopped and saved at step {event.saved:,}. {resume}"
        if event.saved is None:
            return event.message
        return f"{event.message} The checkpoint of step {event.saved:,} is safe. {resume}"


def share(event: Solved) -> str:
    """Returns the share of right answers as a percentage."""
    return f"{event.right / event.total:.0%}"
