"""Finds what an exercise's folder lacks: blanks that `fromscratch new` left, and pages that do not name a check."""

from __future__ import annotations

import re

from exercises.exercise import Exercise
from exercises.tries import try_of

BLANK = re.compile(r'BLANK: ([^"\n]*)')
TEXTS = (".toml", ".md", ".py")


def unfinished(exercise: Exercise) -> list[str]:
    """Returns a sentence for each thing to do, with the file and the line."""
    sentences = []
    for path in sorted(path for path in exercise.folder.rglob("*") if path.suffix in TEXTS):
        name = path.relative_to(exercise.folder).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            sentences += [f"{name}, line {number}: {blank[1].strip()}" for blank in BLANK.finditer(line)]
    page = _folded(exercise.readme)
    for check in exercise.checks:
        if _folded(check.page) not in page:
            sentences.append(f'README.md: Say what the check of {check.probe} quotes: "{check.page}".')
    try:
        try_of(exercise)
    except (ValueError, SyntaxError) as error:
        sentences.append(f"try.py: {error}")
    if not any((exercise.folder / "other_styles").glob("*.py")):
        sentences.append("other_styles: Add a correct solution in a different style.")
    return sentences


def has_unwritten_probes(exercise: Exercise) -> bool:
    """Whether a probe is still a blank, so that its check catches nothing."""
    return "None" in exercise.probes.values()


def _folded(text: str) -> str:
    return " ".join(text.split())
