"""Loads and validates one exercise folder."""

from __future__ import annotations

import ast
import keyword
import math
import os
import re
from pathlib import Path

from msgspec import structs

from exercises import checks
from exercises.declared import COMMON_KINDS, CommonSettings
from exercises.decode import ID, ID_RULE, CourseError, decode
from exercises.exercise import Exercise, Mistake, as_tuple

_FOLDER = re.compile(r"\d+_(?P<stem>[a-z][a-z0-9]*(_[a-z0-9]+)*)")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LINE_START = re.compile(r"^(?:def |class )?([A-Za-z_]\w*)", re.ASCII | re.MULTILINE)
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


def load_exercise(folder: Path, month_id: str, with_checks: bool = True) -> Exercise:
    """Returns the exercise in a folder such as 06_causal_attention. Raises CourseError. `with_checks`: whether to check
    the mistakes and the expressions too."""
    path = folder / "exercise.toml"
    name = _FOLDER.fullmatch(folder.name)
    if name is None:
        problem = "the folder's name must be a number, an underscore and words. Rename it: 06_causal_attention."
        raise CourseError(folder, "", problem)
    exercise = decode(path, Exercise, month_id=month_id, folder=folder)
    _check_id(path, exercise, name["stem"])
    if exercise.chapter and exercise.paper:
        raise CourseError(
            path, "paper", "an exercise has a chapter of the book or a paper, not both. Remove one of them."
        )
    _check_files(folder, exercise)
    _check_names(path, exercise)
    _check_sizes(path, exercise)
    if with_checks:
        _check_declared(path, exercise)
        _check_mistakes(path, exercise)
    return structs.replace(
        exercise,
        summary=exercise.summary.strip(),
        hints=tuple(structs.replace(hint, text=hint.text.strip()) for hint in exercise.hints),
        mistakes=tuple(structs.replace(mistake, says=mistake.says.strip()) for mistake in exercise.mistakes),
    )


def _check_mistakes(path: Path, exercise: Exercise) -> None:
    if len({mistake.id for mistake in exercise.mistakes}) < len(exercise.mistakes):
        raise CourseError(path, "mistake", "two mistakes have the same id. Rename one of them.")
    for i, mistake in enumerate(exercise.mistakes):
        _check_mistake(path, f"mistake[{i}]", mistake)


def _check_id(path: Path, exercise: Exercise, stem: str) -> None:
    if not ID.fullmatch(exercise.id):
        raise CourseError(path, "id", f"{exercise.id!r} is not an id. {ID_RULE}")
    if exercise.id.replace("-", "_") != stem:
        wanted = stem.replace("_", "-")
        folder = path.parent.name
        problem = f"{exercise.id!r} does not fit the folder {folder}. Write {wanted!r}, or rename the folder."
        raise CourseError(path, "id", problem)


def _check_files(folder: Path, exercise: Exercise) -> None:
    present = set(os.listdir(folder))
    required = {"README.md": True, "stub.py": True, "probes.py": not exercise.probes,
                exercise.tests_path.name: not exercise.checks}  # fmt: skip
    for name in (name for name, is_required in required.items() if is_required):
        if name not in present:
            raise CourseError(folder / name, "", "the file is missing. An exercise needs it: create it.")


def _check_declared(path: Path, exercise: Exercise) -> None:
    """Checks the expressions of [probes] and [common], and the value checks."""
    if not (exercise.probes or exercise.checks or exercise.common != CommonSettings()):
        return
    code = exercise.probes_path.read_text(encoding="utf-8") if exercise.probes_path.is_file() else ""
    try:
        # Parsing every probes.py takes a tenth of the app's start. Almost every name it binds starts a line.
        _check_declared_names(path, exercise, set(_LINE_START.findall(code)))
    except CourseError:
        _check_declared_names(path, exercise, checks.names_bound(ast.parse(code)))


def _check_declared_names(path: Path, exercise: Exercise, own: set[str]) -> None:
    """Checks what [probes], [common] and the value checks name, where probes.py binds the names `own`."""
    common = exercise.common
    if bool(common.make) != bool(common.inputs):
        raise CourseError(path, "common", "`make` and `inputs` define the common probes together. Write both.")
    for kind in common.hints:
        if kind not in COMMON_KINDS:
            problem = f"{kind!r} is no common check. Use one of {', '.join(COMMON_KINDS)}."
            raise CourseError(path, f"common.hints.{kind}", problem)
    expressions = {f"probes.{name}": text for name, text in exercise.probes.items()}
    expressions |= {"common.make": common.make} if common.make else {}
    expressions |= {f"common.inputs[{i}]": text for i, text in enumerate(common.inputs)}
    for key, text in expressions.items():
        try:
            checks.parse_expression(text, exercise.symbols, own)
        except checks.BadExpression as error:
            raise CourseError(path, key, str(error)) from None
    for name in exercise.probes:
        if not (_NAME.fullmatch(name) and not keyword.iskeyword(name)) or name in own:
            raise CourseError(path, f"probes.{name}", f"{name!r} is no new Python name. Choose a different name.")
    for i, check in enumerate(exercise.checks):
        if check.probe not in exercise.probes and check.probe not in own:
            raise CourseError(path, f"check[{i}].probe", f"there is no probe {check.probe!r}. Add it to [probes].")
        if check.probe in [other.probe for other in exercise.checks[:i]]:
            raise CourseError(path, f"check[{i}].probe", f"{check.probe!r} has a check already. Use a probe once.")
        if not (check.title.strip() and check.page.strip()):
            raise CourseError(path, f"check[{i}]", "the title or the quote is empty. Write both.")


def _check_names(path: Path, exercise: Exercise) -> None:
    """Checks the syntax of ids, symbols and modules."""
    if not exercise.symbols:
        raise CourseError(path, "symbols", "there is no symbol. Name the functions or classes to write.")
    for i, symbol in enumerate(exercise.symbols):
        if not _NAME.fullmatch(symbol):
            raise CourseError(path, f"symbols[{i}]", f"{symbol!r} is not a Python name. Correct it.")
    if not _MODULE.fullmatch(exercise.reference):
        problem = f"{exercise.reference!r} is not a module. Write one, for example reference.attention."
        raise CourseError(path, "reference", problem)
    for i, part in enumerate(exercise.parts):
        module, _, name = part.partition(":")
        if not (_MODULE.fullmatch(module) and _NAME.fullmatch(name)):
            problem = f"{part!r} is not module:Name. Write for example reference.layers:LayerNorm."
            raise CourseError(path, f"parts[{i}]", problem)
    for i, old in enumerate(exercise.renamed_from):
        if not ID.fullmatch(old):
            raise CourseError(path, f"renamed_from[{i}]", f"{old!r} is not an exercise's id. {ID_RULE}")
    for i, need in enumerate(exercise.needs):
        if not ID.fullmatch(need):
            raise CourseError(path, f"needs[{i}]", f"{need!r} is not an exercise's id. {ID_RULE}")
        if need == exercise.id:
            raise CourseError(path, f"needs[{i}]", "the exercise needs itself. Remove this id.")


def _check_sizes(path: Path, exercise: Exercise) -> None:
    """Checks that numbers are in range and that no text is empty."""
    if not 1 <= exercise.minutes <= 600:
        raise CourseError(path, "minutes", f"{exercise.minutes} minutes is out of range. Use 1 to 600.")
    if not (math.isfinite(exercise.time_limit) and 0 < exercise.time_limit <= 600):
        raise CourseError(path, "time_limit", f"{exercise.time_limit:g} seconds is out of range. Use up to 600.")
    if not exercise.title.strip():
        raise CourseError(path, "title", "the title is empty. Write one.")
    if not exercise.summary.strip() or "\n" in exercise.summary.strip():
        raise CourseError(path, "summary", "the summary must be one line. Write one sentence.")
    if not exercise.hints or not all(hint.text.strip() for hint in exercise.hints):
        raise CourseError(path, "hint", "a hint is empty or there is none. Write at least one hint.")
    if not exercise.mistakes:
        raise CourseError(path, "mistake", "there is no mistake. Add at least one [[mistake]].")


def _check_mistake(path: Path, key: str, mistake: Mistake) -> None:
    if not ID.fullmatch(mistake.id):
        raise CourseError(path, f"{key}.id", f"{mistake.id!r} is not an id. {ID_RULE}")
    if not mistake.says.strip():
        raise CourseError(path, f"{key}.says", "the sentence is empty. Describe the mistake.")
    replace, by = as_tuple(mistake.replace), as_tuple(mistake.by)
    if not replace or not all(replace):
        raise CourseError(path, f"{key}.replace", "a text is empty. Quote a piece of the reference's source.")
    if len(replace) != len(by):
        problem = f"{len(replace)} texts to replace, but {len(by)} replacements. Make both lists equally long."
        raise CourseError(path, f"{key}.by", problem)
    for name, values in mistake.values.items():
        if not values or not any(f"{{{name}}}" in text for text in by):
            problem = f"the parameter {name} has no values, or `by` does not use {{{name}}}. Write both."
            raise CourseError(path, f"{key}.with", problem)
    if replace == by:
        raise CourseError(path, f"{key}.by", "the replacement equals the text replaced. Write the mistaken code.")
