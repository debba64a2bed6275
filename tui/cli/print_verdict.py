"""A verdict as lines in a terminal; plain enough for a screen reader, coloured where colours are welcome."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from exercises.course import Exercise
from grader.verdict import Verdict

MARKS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "skipped": ("·", "dim")}


def show(verdict: Verdict, exercise: Exercise, console: Console | None = None) -> None:
    """Prints it: each check, then what is wrong, where, and what to do."""
    console = console or Console(highlight=False, soft_wrap=True)

    def say(text: str, style: str = "") -> None:
        console.print(Text(text, style=style))  # a learner's text is no markup

    say(f"{exercise.title} ({exercise.id})", "bold")
    for check in verdict.checks:
        mark, colour = MARKS[check.outcome]
        say(f"  {mark} {check.title or check.name}", colour)
        if check.outcome == "failed" and check.message != verdict.message:
            say(f"      {check.message}")
    if verdict.passed:
        say(f"Passed: {len(verdict.checks)} checks in {verdict.seconds:.2f} s.", "bold green")
    else:
        say(verdict.message, "bold")
        if verdict.line_text:
            say(f"  line {verdict.line}: {verdict.line_text.strip()}", "yellow")
        if verdict.missing_stage:
            steps = "  ".join(f"{stage.name} {'✓' if stage.present else '✗'}" for stage in verdict.stages)
            say(f"Steps: {steps}")
            say(f"The first step that goes wrong: {verdict.missing_stage}")
    for note in verdict.notes:
        say(f"Note: {note}", "cyan")
    if verdict.output.strip():
        say("Your code printed:", "dim")
        say("\n".join("  " + line for line in verdict.output.rstrip().splitlines()[-40:]), "dim")
