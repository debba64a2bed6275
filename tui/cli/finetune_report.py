"""The lines that `fromscratch finetune` prints for the events of a fine-tuning."""

from __future__ import annotations

from pathlib import Path

from playground.finetune_messages import Answers, Classified, HeldOut, MergeCheck, Merged, Tuning
from playground.training_messages import Ended, Step, TrainingEvent
from tui.cli.training_report import TrainingReport, duration


class FinetuneReport(TrainingReport):
    """Words the events of one fine-tuning, whose folder is `out`."""

    def __init__(self, out: Path, method: str) -> None:
        super().__init__(out)
        self.method = method
        self.before: HeldOut | None = None

    def line(self, event: TrainingEvent) -> str:
        match event:
            case Tuning():
                return self._tuning(event)
            case HeldOut():
                return self._held_out(event)
            case Answers():
                return self._answers(event)
            case MergeCheck():
                return merge_line(event)
            case Step():
                left = event.seconds * (1 - event.done) / max(event.done, 1e-9)
                return f"{super().line(event)} · {duration(left)} left"
            case Ended():
                return self._finetune_ended(event)
        return super().line(event)

    def _tuning(self, event: Tuning) -> str:
        self.steps = event.steps
        first, last = event.blocks
        yours = [part for part, owner in event.parts if owner == "yours"]
        whose = f" · your {', '.join(yours)}" if yours else ""
        start = f"Continues after step {event.step:,}." if event.step else "Ctrl-C saves and stops."
        return (
            f"{event.base}: {event.trainable:,} of {event.parameters:,} parameters are trained, "
            f"in the blocks {first} to {last}{whose}\n"
            f"Examples: {event.training_examples:,} for training, {event.held_out_examples:,} held out. {start}"
        )

    def _held_out(self, event: HeldOut) -> str:
        if event.when == "before":
            self.before = event
        accuracy = f" · accuracy {event.accuracy:.1%}" if event.accuracy is not None else ""
        text = f"held-out loss {event.loss:.3f}{accuracy}"
        if event.when == "during":
            return f"    {text}"
        rows = f"\n{confusion(event)}" if event.confusion and event.when == "after" else ""
        return f"{'Before' if event.when == 'before' else 'After'}: {text}{rows}"

    def _answers(self, event: Answers) -> str:
        parts = []
        for pair in event.pairs:
            instruction = " / ".join(line for line in pair.instruction.splitlines() if line)
            parts.append(
                f"{instruction}\n    before:   {one_line(pair.before)}\n    after:    {one_line(pair.after)}\n"
                f"    expected: {one_line(pair.expected)}"
            )
        return "\n".join(["Held-out instructions, answered greedily:", *parts])

    def _finetune_ended(self, event: Ended) -> str:
        resume = f"Continue with `fromscratch finetune {self.method} --resume {self.out}`."
        if event.reason == "finished":
            use = (
                f"fromscratch finetune classify --try TEXT --out {self.out}"
                if self.method == "classify"
                else f"fromscratch generate --adapter {self.out} PROMPT"
            )
            return f"Finished after {event.step:,} steps. Use it with `{use}`."
        if event.reason == "stopped":
            if event.saved is None:
                return event.message or "Stopped before the first step; nothing to save."
            return f"Stopped and saved at step {event.saved:,}. {resume}"
        if event.saved is None:
            return event.message
        return f"{event.message} The checkpoint of step {event.saved:,} is safe. {resume}"


def confusion(event: HeldOut) -> str:
    """Returns a table of the labels (rows) and the predictions (columns)."""
    width = max(len(label) for label in [*event.labels, "label"])
    head = "  ".join(f"{label:>{max(6, len(label))}}" for label in event.labels)
    lines = [f"    {'label':<{width}}  predicted: {head}"]
    for label, row in zip(event.labels, event.confusion, strict=True):
        cells = "  ".join(f"{count:>{max(6, len(name))}}" for name, count in zip(event.labels, row, strict=True))
        lines.append(f"    {label:<{width}}             {cells}")
    return "\n".join(lines)


def merge_line(event: MergeCheck) -> str:
    """Words the comparison of the merged and the unmerged model."""
    if event.message:
        return f"{event.message} The adapter is kept; `generate --adapter` merges with the reference's function."
    limit = event.tolerance * event.largest
    if event.same:
        return (
            f"Merged and unmerged give the same logits: they differ by at most {event.difference:.1e}, and "
            f"{limit:.1e} counts as rounding."
        )
    return (
        f"The merged model's logits differ from the unmerged one's by up to {event.difference:.3g}, where "
        f"{limit:.1e} counts as rounding. The change of a weight should be (alpha · A B)ᵀ."
    )


def use_line(event: TrainingEvent) -> str:
    """Words the events of a request that uses an adapter."""
    match event:
        case Classified():
            shares = ", ".join(f"{label} {share:.1%}" for label, share in event.probabilities.items())
            return f"{event.label}  ({shares})  {one_line(event.text)}"
        case Merged():
            written = f"{event.path}: {event.size / 1e6:,.1f} MB."
            if event.path.endswith(".safetensors"):
                return f"{written} `fromscratch models add gpt2 --from {event.path}` installs it in the place of GPT-2."
            return f"{written} Use it with `fromscratch generate --model {event.path} PROMPT`."
        case Ended():
            return event.message
    return ""


def one_line(text: str) -> str:
    return " ".join(text.split()) or "(nothing)"
