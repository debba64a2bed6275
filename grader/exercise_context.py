"""The exercise's context: what a learner's process knows besides the source. It contains no answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
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


def context_for(exercise: Exercise, parts: Iterable[str]) -> ExerciseContext:
    """Returns the names, probes and parts of an exercise; `parts` are written as "module:Name"."""
    return {
        "filename": exercise.file_name,
        "symbols": list(exercise.symbols),
        "changes": list(exercise.changes),
        "probes": probes_source(exercise),
        "parts": sliced_parts(tuple(parts)),
    }


@lru_cache(maxsize=1)
def sliced_parts(parts: tuple[str, ...]) -> list[dict[str, str]]:
    """Returns the sources and the offers of parts."""
    return list(slicing.sliced((module, name) for module, _, name in (part.partition(":") for part in parts)))
