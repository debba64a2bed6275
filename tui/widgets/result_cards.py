"""The cards of Practice's result pane: how to start, the celebration of a pass, the diagnosis of a failure."""

from __future__ import annotations

import math
from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Collapsible, Static

from exercises.course import Month
from exercises.exercise import Exercise
from grader.verdict import Check, TrainingStep, Verdict
from tui.editor import SAVE_AND_LEAVE
from tui.formatting import OUTCOME_WORDS, clean, plural
from tui.widgets.updates import set_text

METER = 20
HEIGHTS = "▁▂▃▄▅▆▇█"


def key(name: str) -> tuple[str, str]:
    """Returns a styled key for Content.assemble."""
    return (f" {name} ", "bold $accent on $panel")


def start_here(exercise: Exercise, editor: str | None, path: str) -> Content:
    """Returns the card of a new stub: how to open the file and what happens then."""
    if editor:
        keys = f"\n     In {editor}: {SAVE_AND_LEAVE[editor]}" if editor in SAVE_AND_LEAVE else ""
        opening = Content.assemble(key("e"), f"  opens your file in {editor}.{keys}")
    else:
        opening = Content.assemble("Open this file in any editor:\n", (path, "bold"))
    return Content.assemble(
        ("Start here", "bold $accent"),
        "\n\n",
        opening,
        "\n\n     Write your code in place of\n     ",
        ("raise NotImplementedError", "$text-warning"),
        "\n     and save to run the checks,\n     even while the editor is open.\n\n",
        key("h"),
        f"  shows a hint (of {len(exercise.hints)}).",
    )


def missing(exercise: Exercise, path: str) -> Content:
    """Returns the card for a missing file."""
    return Content.assemble(
        ("The file is missing\n", "bold $text-warning"),
        f"{path}\n\n",
        key("e"),
        f"  creates {exercise.file_name} again and opens it.",
    )


def fault(message: str) -> Content:
    """Returns the card for a check that could not run."""
    return Content.assemble(("The check could not run\n\n", "bold $text-warning"), clean(message))


def training(reports: tuple[TrainingStep, ...]) -> Content:
    """Returns the card of a running training: its progress and its losses."""
    now = reports[-1]
    filled = METER * now.step // max(now.of, 1)
    return Content.assemble(
        ("Your model is training", "bold $accent"),
        "\n\n",
        ("━" * filled, "$accent"),
        ("━" * (METER - filled), "$panel"),
        f"  step {now.step} of {now.of}\n",
        (curve([report.loss for report in reports]), "$accent"),
        f"  loss {now.loss:.2f}",
    )


def curve(losses: list[float], width: int = METER) -> str:
    """Returns losses as a row of at most `width` bars, each a mean of consecutive losses; "·" marks NaN and inf."""
    groups = [losses[i * len(losses) // width : (i + 1) * len(losses) // width] for i in range(width)]
    means = [sum(group) / len(group) for group in groups if group]
    numbers = [mean for mean in means if math.isfinite(mean)]
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    # Halved, because the difference of two large floats can overflow.
    span, tall = high / 2 - low / 2, len(HEIGHTS) - 1
    row = [
        HEIGHTS[round((mean / 2 - low / 2) / span * tall) if span else 0] if math.isfinite(mean) else "·"
        for mean in means
    ]
    return "".join(row).ljust(width)


def celebration(
    verdict: Verdict,
    attempt: int,
    passed: int,
    total: int,
    following: Exercise | None,
    completed: Month | None = None,
    part: str = "",
) -> Content:
    """Returns the card of a pass: the progress in the course, and what to do next. `completed` is the month whose
    last exercise this was, `part` the name of what it supplies to the Playground's models."""
    filled = round(METER * passed / max(total, 1))
    at = f" on attempt {attempt}" if attempt else ""
    lines: list[Content | str] = [
        Content.styled(f"✓ All {plural(len(verdict.checks), 'check')} pass{at}", "bold $text-success"),
        "",
        Content.assemble(
            ("━" * filled, "$success"),
            ("━" * (METER - filled), "$panel"),
            f"  {passed} of {total}",
        ),
        "",
    ]
    if verdict.parts_used:
        lines += [clean(verdict.parts_used), ""]
    if completed is not None:
        lines += [Content.styled(f"All exercises of “{completed.title}” pass.", "bold $text-success"), ""]
        if completed.quiz is not None:
            lines.append(Content.assemble(key("1"), "  the course, with the month's quiz"))
    if part:
        lines.append(Content.assemble(key("l"), "  your ", (part, "bold"), " can talk: try it live"))
    if following is not None:
        lines.append(Content.assemble(key("n"), "  next: ", (following.title, "bold")))
    else:
        lines.append(Content.assemble(key("1"), "  you have passed everything: see the course"))
    lines.append(Content.assemble(key("s"), "  compare with the reference solution"))
    lines.append(Content.assemble(key("3"), "  the playground"))
    return Content("\n").join(lines)


def diagnosis(verdict: Verdict) -> Content:
    """Returns the diagnosis of a failure: the mistake, the line of code, the stages, the first failed check."""
    headline = clean(verdict.message or OUTCOME_WORDS[verdict.outcome])
    first = next((check for check in verdict.checks if check.outcome == "failed"), None)
    lines: list[Content | str] = []
    if verdict.mistake is not None:
        lines.append(Content.styled(clean(verdict.mistake.says), "bold $text-error"))
        lines.append(Content.styled(verdict.mistake.evidence, "$foreground-muted"))
    else:
        lines.append(Content.styled(headline, "bold $text-error"))
    if verdict.line is not None and verdict.line_text:
        code = clean(verdict.line_text).rstrip()
        lines += ["", Content.assemble((f" {verdict.line} │ ", "$foreground-muted"), (code, "bold on $surface"))]
    if verdict.stages:
        lines += ["", stages(verdict)]
    said = ("", headline, clean(verdict.mistake.says) if verdict.mistake else "")
    if first is not None and clean(first.message) not in said:
        lines += ["", Content.assemble(("✗ ", "bold $text-error"), (clean(first.title), "bold"))]
        lines.append(clean(first.message))
    if any(check.outcome == "waiting" for check in verdict.checks):
        lines += ["", Content.styled(f"{verdict.to_mend}.", "$foreground-muted")]
    lines += [Content.styled(f"\n{clean(note)}", "$text-warning") for note in verdict.notes]
    if verdict.parts_used:
        lines += ["", Content.styled(clean(verdict.parts_used), "$foreground-muted")]
    return Content("\n").join(lines)


def previous(verdict: Verdict | None) -> Content:
    """Returns the card that is shown while a check runs: what the check before it found, or nothing."""
    if verdict is None:
        return Content("")
    heading = Content.styled("The check before this one\n\n", "bold $foreground-muted")
    passed = Content.styled("✓ Passed", "$text-success")
    return Content.assemble(heading, passed if verdict.passed else diagnosis(verdict))


def stages(verdict: Verdict) -> Content:
    """Returns the stages up to the first missing one, such as "queries ✓  keys ✓  scores ✗"."""
    parts: list[Content] = []
    for stage in verdict.stages:
        missing = stage.name == verdict.missing_stage or (verdict.missing_stage is None and not stage.present)
        if missing:
            parts.append(Content.assemble((f"{stage.name} ✗", "bold $text-error")))
            break
        parts.append(Content.assemble(stage.name, (" ✓", "$text-success")))
    return Content("  ").join(parts)


class Details(Vertical):
    """Collapsed details: the messages of all failed checks, and the output of the learner's code."""

    DEFAULT_CSS = """
    Details { height: auto; }
    Details .output { color: $foreground-muted; }
    """

    def compose(self) -> ComposeResult:
        with Collapsible(title="Messages of the failed checks", id="messages"):
            yield Static(classes="messages")
        with Collapsible(title="Output of your code", id="output"):
            yield Static(classes="output")

    def show(self, verdict: Verdict | None) -> None:
        """Fills the details and hides empty ones."""
        failed = [check for check in verdict.checks if check.outcome == "failed"] if verdict else []
        output = clean(verdict.output).rstrip() if verdict else ""
        messages, printed = self.query_one("#messages", Collapsible), self.query_one("#output", Collapsible)
        messages.display = len(failed) > 1
        printed.display = bool(output)
        messages.title = f"Messages of {len(failed)} failed checks"
        printed.title = f"Output of your code ({plural(output.count(chr(10)) + 1, 'line')})"
        set_text(self.query_one(".messages", Static), Content("\n").join(_messages(failed)))
        set_text(self.query_one(".output", Static), output)


def _messages(checks: Iterable[Check]) -> Iterable[Content]:
    for check in checks:
        yield Content.assemble(("✗ ", "$text-error"), (clean(check.title), "bold"), "\n", clean(check.message))
