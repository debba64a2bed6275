"""Prints verdicts in a terminal, in text that screen readers can read, with colours where the terminal has them."""

from __future__ import annotations

import re

from rich.console import Console
from rich.text import Text

from exercises.exercise import Exercise
from grader.verdict import Verdict
from tui.formatting import clean

MARKS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "waiting": ("·", "dim"), "skipped": ("–", "dim")}
MAX_OUTPUT_LINES = 40
COLUMN = re.compile(r"^Line \d+, column (\d+): this is not valid Python")


def print_verdict(verdict: Verdict, exercise: Exercise, console: Console | None = None) -> None:
    """Prints what is wrong, where and what to do; then every check; then notes and what the code printed."""
    console = console or Console(highlight=False, soft_wrap=True)

    def print_line(text: str, style: str = "") -> None:
        console.print(Text(clean(text), style=style))  # Rich must not read a learner's text as markup.

    print_line(f"{exercise.title} ({exercise.id})", "bold")
    if not verdict.passed:
        print_line(verdict.message, "bold red")
        if verdict.line_text:
            print_line(f"  line {verdict.line}: {verdict.line_text.rstrip()}", "yellow")
            if column := COLUMN.search(verdict.message):  # of a syntax error, whose line keeps its indentation
                start = clean(f"  line {verdict.line}: {verdict.line_text[: int(column[1]) - 1]}")
                print_line(" " * len(start) + "^", "yellow")
        if verdict.missing_stage:
            steps = "  ".join(f"{stage.name} {'✓' if stage.present else '✗'}" for stage in verdict.stages)
            print_line(f"Steps: {steps}")
            print_line(f"The first step that goes wrong: {verdict.missing_stage}")
    for check in verdict.checks:
        mark, colour = MARKS[check.outcome]
        print_line(f"  {mark} {check.title or check.name}", colour)
        if check.outcome == "failed" and check.message != verdict.message:
            print_line(f"      {check.message}")
    if verdict.passed:
        print_line(f"Passed: {len(verdict.checks)} checks in {verdict.seconds:.2f} s.", "bold green")
    else:
        print_line(f"{verdict.to_mend}.", "bold")
    if verdict.parts_used:
        print_line(verdict.parts_used, "cyan")
    for note in verdict.notes:
        print_line(f"Note: {note}", "cyan")
    if verdict.output.strip():
        print_line("Your code printed:", "dim")
        print_line("\n".join("  " + text for text in verdict.output.rstrip().splitlines()[-MAX_OUTPUT_LINES:]), "dim")
