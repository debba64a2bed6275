"""The exercise's context: what a learner's process knows besides the source. It contains no answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from exercises.checks import probes_source
from exercises.exercise import Exercise
from grader.source import slicing

ExerciseContext = dict[str, Any]
SLOW_LIBRARIES = ("tqdm.auto", "pandas", "matplotlib.pyplot", "regex")  # slow to import, and few solutions do


def imported_libraries(sources: Iterable[bytes]) -> list[str]:
    """Returns the slow libraries that some of the sources seem to import."""
    text = b"\n".join(sources)
    return [name for name in SLOW_LIBRARIES if re.search(rb"(import|from)\s.*\b" + name.split(".")[0].encode(), text)]


def context_for(
    exercise: Exercise, parts: Iterable[str], own_files: Sequence[Mapping[str, Any]] = ()
) -> ExerciseContext:
    """Returns the names, probes and parts of an exercise. `parts` are written as "module:Name"; `own_files` are
    `grader.child.parts.OwnFile`, whose offers are sliced too."""
    return {
        "filename": exercise.file_name,
        "symbols": list(exercise.symbols),
        "changes": list(exercise.changes),
        "probes": probes_source(exercise),
        "parts": _parts_for(tuple(parts), own_files),
        "has_own_parts": exercise.own_parts,
        "own_files": list(own_files),
    }


def _parts_for(parts: tuple[str, ...], own_files: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Returns the sources for the exercise's parts and for the imports of the learner's files, and the former's
    offers."""
    more = {f"reference.{module}:{name}" for file in own_files for name, module in file["offers"].items()}
    if not more:
        return sliced_parts(parts)
    return [sliced_parts((*parts, *sorted(more - set(parts))))[0], sliced_parts(parts)[1]]


@lru_cache(maxsize=4)
def sliced_parts(parts: tuple[str, ...]) -> list[dict[str, str]]:
    """Returns the sources and the offers of parts."""
    return list(slicing.sliced((module, name) for module, _, name in (part.partition(":") for part in parts)))
