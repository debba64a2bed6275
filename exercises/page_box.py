"""The box above an exercise's task: the book's section, terms, what is not allowed, and what every exercise checks.

The rules come from the common checks that the exercise's test file uses, so that the page says all that is checked.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Sequence
from functools import cache

from exercises.checks import added_checks
from exercises.exercise import Exercise

WIDTH = 78
MARKER = "> "
# One sentence for each check of exercises.kit.common_checks.
RULES = {
    "state": "Equal inputs give equal results; nothing is kept between calls.",
    "dtypes": "The result has the dtype of the input.",
    "device": "It works on any device; new tensors are created on the device of the input.",
    "gradients": "Gradients flow from the result to every input and weight.",
    "weights": "Every weight is registered with the module, and there are no others.",
    "python_float": "The result is a Python float, not a tensor.",
    "manners": "Nothing else changes: no argument, weight, mode, random seed or setting of PyTorch.",
}
EXCEPT_AS_ASKED = "Nothing changes except what the task says: no other argument, random seed or setting of PyTorch."
ARGUMENT_NAMES = "Arguments have the names of the signature."


def box(exercise: Exercise) -> str:
    """Returns the box as a Markdown quote."""
    terms = f"**Terms** {', '.join(exercise.concepts)}" if exercise.concepts else ""
    source = (
        f"**Paper** {exercise.paper}" if exercise.paper else f"**Book** {book(exercise)}" if exercise.chapter else ""
    )
    paragraphs = [" · ".join(filter(None, (source, terms, f"**Level** {level(exercise)}")))]
    if exercise.forbids:
        paragraphs.append(f"**Not allowed** {', '.join(f'`{name}`' for name in exercise.forbids)}")
    if rules(exercise):
        paragraphs.append(f"**Also checked** {' '.join(rules(exercise))}")
    return f"\n{MARKER.strip()}\n".join(
        textwrap.fill(text, WIDTH, initial_indent=MARKER, subsequent_indent=MARKER, break_long_words=False,
                      break_on_hyphens=False)
        for text in paragraphs
    )  # fmt: skip


def book(exercise: Exercise) -> str:
    """Returns the place in the book, such as "section 3.5, figures 3.19 and 3.20"."""
    if exercise.section:
        place = f"section {exercise.section}"
    else:
        place = f"{'chapter' if str(exercise.chapter).isdigit() else 'appendix'} {exercise.chapter}"
    if not exercise.figures:
        return place
    return f"{place}, figure{'s' if len(exercise.figures) > 1 else ''} {_listed(exercise.figures)}"


def level(exercise: Exercise) -> str:
    """Returns the level, such as "core, importance 3 of 3, 30 minutes"."""
    return f"{exercise.level}, importance {exercise.importance} of 3, {exercise.minutes} minutes"


@cache
def rules(exercise: Exercise) -> tuple[str, ...]:
    """Returns a sentence for each rule of the course that the exercise's checks apply."""
    path = exercise.tests_path
    tree = ast.parse(path.read_text(encoding="utf-8") if path.is_file() else "")
    checks = {*common_checks(tree), *added_checks(exercise)}
    sentences = RULES | ({"manners": EXCEPT_AS_ASKED} if exercise.changes else {})
    probes = [check.probe for check in exercise.checks]
    probes += [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    by_name = [ARGUMENT_NAMES] if any(probe.endswith("by_name") for probe in probes) else []
    return tuple(by_name + [sentence for check, sentence in sentences.items() if check in checks])


def common_checks(tree: ast.AST) -> Iterator[str]:
    """Yields the names of the common checks that a test file uses."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="common_checks"), attr=name):
                yield name


def _listed(figures: Sequence[str]) -> str:
    """Lists figures: "3.19 to 3.22" if they are consecutive, else "3.19, 3.21 and 3.22"."""
    numbers = [int(figure.rpartition(".")[2]) for figure in figures]
    if len(figures) > 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return f"{figures[0]} to {figures[-1]}"
    return " and ".join([*([", ".join(figures[:-1])] if len(figures) > 1 else []), figures[-1]])
