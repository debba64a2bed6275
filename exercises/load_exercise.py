"""Loads one exercise folder and says clearly what is wrong with it."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import cast

from exercises.course import Exercise, Level, Mistake
from exercises.decode import ID, REMEDY, CourseError, decode
from exercises.schema import ExerciseFile, MistakeFile

_FOLDER = re.compile(r"\d+_(?P<stem>[a-z][a-z0-9]*(_[a-z0-9]+)*)")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
LEVELS = ("core", "stretch")


def load_exercise(folder: Path, month_id: str) -> Exercise:
    """The exercise in a folder such as 06_causal_attention; raises CourseError."""
    path = folder / "exercise.toml"
    named = _FOLDER.fullmatch(folder.name)
    if named is None:
        says = "the folder's name is not a number, an underscore and words. Rename it, as 06_causal_attention."
        raise CourseError(folder, "", says)
    file = decode(path, ExerciseFile)
    _check_id(path, file, named["stem"])
    _check_files(folder, named["stem"])
    _check_names(path, file)
    _check_sizes(path, file)
    if len({mistake.id for mistake in file.mistake}) < len(file.mistake):
        raise CourseError(path, "mistake", "two mistakes have the same id. Rename one of them.")
    return Exercise(
        id=file.id,
        title=file.title,
        month_id=month_id,
        folder=folder,
        symbols=file.symbols,
        reference=file.reference,
        chapter=str(file.chapter),
        section=str(file.section),
        minutes=file.minutes,
        level=cast(Level, file.level),
        needs=file.needs,
        parts=file.parts,
        concepts=file.concepts,
        forbids=file.forbids,
        hints=tuple(hint.strip() for hint in file.hints),
        mistakes=tuple(_mistake(path, f"mistake[{i}]", mistake) for i, mistake in enumerate(file.mistake)),
        time_limit=file.time_limit,
        summary=file.summary.strip(),
        renamed_from=file.renamed_from,
        changes=file.changes,
        allows=tuple(file.allows.items()),
    )


def _check_id(path: Path, file: ExerciseFile, stem: str) -> None:
    if not ID.fullmatch(file.id):
        raise CourseError(path, "id", f"{file.id!r} is not an id. {REMEDY}")
    if file.id.replace("-", "_") != stem:
        wanted = stem.replace("_", "-")
        folder = path.parent.name
        says = f"{file.id!r} does not fit the folder {folder}. Write {wanted!r}, or rename the folder."
        raise CourseError(path, "id", says)


def _check_files(folder: Path, stem: str) -> None:
    there = set(os.listdir(folder))
    for name in ("README.md", "stub.py", "probes.py", f"test_{stem}.py"):
        if name not in there:
            raise CourseError(folder / name, "", "the file is missing. An exercise needs it: create it.")


def _check_names(path: Path, file: ExerciseFile) -> None:
    """Ids, symbols and modules have the form of ids, symbols and modules."""
    if file.level not in LEVELS:
        raise CourseError(path, "level", f"{file.level!r} is not a level. Choose core or stretch.")
    if not file.symbols:
        raise CourseError(path, "symbols", "there is no symbol. Name the functions or classes to write.")
    for i, symbol in enumerate(file.symbols):
        if not _NAME.fullmatch(symbol):
            raise CourseError(path, f"symbols[{i}]", f"{symbol!r} is not a Python name. Correct it.")
    if not _MODULE.fullmatch(file.reference):
        says = f"{file.reference!r} is not a module. Write one, for example reference.attention."
        raise CourseError(path, "reference", says)
    for i, part in enumerate(file.parts):
        module, _, name = part.partition(":")
        if not (_MODULE.fullmatch(module) and _NAME.fullmatch(name)):
            says = f"{part!r} is not module:Name. Write for example reference.layers:LayerNorm."
            raise CourseError(path, f"parts[{i}]", says)
    for i, old in enumerate(file.renamed_from):
        if not ID.fullmatch(old):
            raise CourseError(path, f"renamed_from[{i}]", f"{old!r} is not an exercise's id. {REMEDY}")
    for i, need in enumerate(file.needs):
        if not ID.fullmatch(need):
            raise CourseError(path, f"needs[{i}]", f"{need!r} is not an exercise's id. {REMEDY}")
        if need == file.id:
            raise CourseError(path, f"needs[{i}]", "the exercise needs itself. Remove this id.")


def _check_sizes(path: Path, file: ExerciseFile) -> None:
    """Numbers are in range and no text that is shown is empty."""
    if not 1 <= file.minutes <= 600:
        raise CourseError(path, "minutes", f"{file.minutes} minutes is out of range. Use 1 to 600.")
    if not (math.isfinite(file.time_limit) and 0 < file.time_limit <= 600):
        raise CourseError(path, "time_limit", f"{file.time_limit:g} seconds is out of range. Use up to 600.")
    if not file.title.strip():
        raise CourseError(path, "title", "the title is empty. Write one.")
    if not file.summary.strip() or "\n" in file.summary.strip():
        raise CourseError(path, "summary", "the summary must be one line. Write one sentence.")
    if not file.hints or not all(hint.strip() for hint in file.hints):
        raise CourseError(path, "hints", "a hint is empty or there is none. Write at least one hint.")
    if not file.mistake:
        raise CourseError(path, "mistake", "there is no mistake. Add at least one [[mistake]].")


def _mistake(path: Path, key: str, mistake: MistakeFile) -> Mistake:
    if not ID.fullmatch(mistake.id):
        raise CourseError(path, f"{key}.id", f"{mistake.id!r} is not an id. {REMEDY}")
    if not mistake.says.strip():
        raise CourseError(path, f"{key}.says", "the sentence is empty. Say what the mistake is.")
    replace = (mistake.replace,) if isinstance(mistake.replace, str) else mistake.replace
    by = (mistake.by,) if isinstance(mistake.by, str) else mistake.by
    if not replace or not all(replace):
        raise CourseError(path, f"{key}.replace", "a text is empty. Quote a piece of the reference's source.")
    if len(replace) != len(by):
        says = f"{len(replace)} texts to replace but {len(by)} to put in. Make both lists equally long."
        raise CourseError(path, f"{key}.by", says)
    if replace == by:
        raise CourseError(path, f"{key}.by", "the text put in is the one replaced. Write the mistaken code.")
    return Mistake(id=mistake.id, says=mistake.says.strip(), replace=replace, by=by)
