"""`fromscratch new`: writes the folder of a new exercise, with blanks for what only an author can know."""

from __future__ import annotations

import ast
import asyncio
import re
import shutil
import sys
from pathlib import Path

import click

from engine.errors import EngineError
from exercises.course import Course, Month, UnknownExercise
from exercises.declared import TEST_NAMES
from exercises.decode import ID, ID_RULE, CourseError
from exercises.exercise import Exercise
from exercises.load import load_course
from exercises.load_exercise import load_exercise
from exercises.location import OWN, course_folder
from grader.check import Grader
from grader.errors import GraderError
from grader.proof.draft import Draft, definition
from grader.proof.mechanical_edits import Edit, edits
from grader.proof.unfinished import unfinished
from grader.proof.verify import verify
from grader.source import reference_source, slicing
from tui.cli.grading import open_grader
from tui.cli.terminal import echo

MISTAKES = 3
MAX_TRIED = 16


@click.command("new")
@click.argument("id")
@click.option("--reference", required=True, metavar="MODULE.SYMBOL", help="For example attention.CausalAttention.")
@click.option("--month", "name", help="The month, by number or id (default: that of the reference file).")
def new_command(id: str, reference: str, name: str | None) -> None:
    """Write the folder of a new exercise; `fromscratch verify ID` then lists its blanks.

    Its reference must be a function or class of a file in reference/.
    """
    root = course_folder()
    if root == OWN and not (root.parent / "pyproject.toml").is_file():
        raise click.UsageError("This course is installed, not a checkout. Clone the repository, and run it there.")
    course = load_course()
    module, symbol = _symbol(reference)
    _require_new(course, id)
    month = _month(course, name, module)
    folder = root / month.folder / f"{_next_number(root / month.folder):02}_{id.replace('-', '_')}"
    needs, parts = _dependencies(course, module, symbol)
    try:
        exercise = asyncio.run(_write(folder, month, Draft(id, module, symbol, needs, parts)))
    except (EngineError, GraderError, CourseError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        echo(str(error), err=True)
        sys.exit(2)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    echo(f"Written: {folder.relative_to(root.parent)}, with {len(unfinished(exercise))} blanks to fill.")
    echo(f"`fromscratch verify {id} --watch` lists them, and proves the exercise at each save.")


def _symbol(reference: str) -> tuple[str, str]:
    module, _, symbol = reference.rpartition(".")
    module = module if module.startswith("reference.") else f"reference.{module}"
    if not re.fullmatch(r"reference(\.\w+)+", module):
        raise click.UsageError(f"{reference!r} is not MODULE.SYMBOL. Write for example attention.CausalAttention.")
    try:
        definition(module, symbol)
    except FileNotFoundError:
        raise click.UsageError(f"There is no file {module.replace('.', '/')}.py. Create it first.") from None
    except LookupError as error:
        raise click.UsageError(str(error)) from None
    except SyntaxError as error:
        place = f"{module.replace('.', '/')}.py, line {error.lineno}"
        raise click.UsageError(f"{place}: this is not valid Python: {error.msg}.") from None
    return module, symbol


def _require_new(course: Course, id: str) -> None:
    if not ID.fullmatch(id):
        raise click.UsageError(f"{id!r} is not an id. {ID_RULE}")
    try:
        existing = course.exercise(id)
    except UnknownExercise:
        return
    raise click.UsageError(f"The exercise {id} exists already, in {existing.folder}.")


def _month(course: Course, name: str | None, module: str) -> Month:
    if name is None:
        months = [month for month in course.months if any(e.reference == module for e in month.exercises)]
        if not months:
            raise click.UsageError(f"No exercise uses {module} yet. Name the month: --month N.")
        return months[-1]
    for month in course.months:
        if name in (str(month.number), month.id):
            return month
    names = ", ".join(str(month.number or month.id) for month in course.months)
    raise click.UsageError(f"The course has no month {name!r}. Its months are {names}.")


def _next_number(folder: Path) -> int:
    numbers = [re.match(r"\d+(?=_)", path.name) for path in folder.glob("*_*")] if folder.is_dir() else []
    return max((int(number[0]) for number in numbers if number), default=0) + 1


def _dependencies(course: Course, module: str, symbol: str) -> tuple[list[str], list[str]]:
    """Returns the exercises that the symbol builds on, and the parts that belong to no exercise."""
    indices: dict[str, set[int]] = {}
    slicing.add_dependencies(module, symbol, indices)
    statements = [slicing.statements_of(module)[index] for index in sorted(indices[module])]
    imported = [(str(s.module), alias.name) for s in statements if isinstance(s, ast.ImportFrom)
                for alias in s.names if str(s.module).startswith("reference.")]  # fmt: skip
    owners = {(e.reference, name): e.id for e in course.exercises for name in e.symbols}
    needs = [owners[name] for name in imported if name in owners]
    return list(dict.fromkeys(needs)), [":".join(name) for name in imported if name not in owners]


async def _write(folder: Path, month: Month, draft: Draft) -> Exercise:
    """Writes the draft with the common checks that the reference passes, and mistakes that its checks catch."""
    async with open_grader() as grader:
        draft.edits = [Edit("placeholder", draft.symbol, "")]  # an exercise needs a mistake
        exercise = _save(folder, month, draft)
        failed = await _failed_checks(grader, exercise)
        while isinstance(failed, str):  # a probe whose guessed arguments do not fit
            draft.failing.add(failed)
            exercise = _save(folder, month, draft)
            failed = await _failed_checks(grader, exercise)
        draft.edits = edits(reference_source.text(exercise), draft.symbol)[:MAX_TRIED]
        draft.without = [kind for kind, name in TEST_NAMES.items() if name in failed]
        draft.with_common = len(draft.without) < len(TEST_NAMES) - 1 and "test_no_memory" not in failed
        draft.without = draft.without if draft.with_common else []
        exercise = _save(folder, month, draft)
        async for result in verify(grader, [exercise]):
            caught = [r.name for r in result.results if r.what == "mistake" and r.proved]
        draft.edits = [edit for edit in draft.edits if edit.id in caught][:MISTAKES] or draft.edits[:MISTAKES]
        return _save(folder, month, draft)


async def _failed_checks(grader: Grader, exercise: Exercise) -> set[str] | str:
    """Returns the checks that the reference fails, or the name of a probe that fails with it."""
    source = reference_source.as_solution(exercise).encode()
    try:
        verdict = await grader.check(exercise, source)
    except GraderError as error:
        failing = re.search(r"the reference fails the probe (\w+)", str(error))
        if failing is None or failing[1] not in exercise.probes:
            raise
        return failing[1]
    return {check.name for check in verdict.checks if check.outcome != "passed"}


def _save(folder: Path, month: Month, draft: Draft) -> Exercise:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in draft.files().items():
        (folder / name).write_text(text, encoding="utf-8")
    return load_exercise(folder, month.id)
