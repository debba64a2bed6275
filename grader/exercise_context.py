"""What a learner's process is told beside the source: nothing that could answer for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from exercises.course import Exercise
from grader.source import slicing

Question = dict[str, Any]


LIBRARIES = ("tqdm.auto", "pandas", "matplotlib.pyplot", "regex")  # that few solutions import, and that take long


def imported(sources: Iterable[bytes]) -> list[str]:
    """Which of these libraries some of the sources seem to import."""
    text = b"\n".join(sources)
    return [name for name in LIBRARIES if re.search(rb"(import|from)\s.*\b" + name.split(".")[0].encode(), text)]


def context_for(exercise: Exercise, offered: Iterable[str]) -> Question:
    """Names, probes and parts of an exercise; `offered` are the parts as "module:Name"."""
    return {
        "filename": exercise.file_name,
        "symbols": list(exercise.symbols),
        "changes": list(exercise.changes),
        "probes": exercise.probes_path.read_text(encoding="utf-8"),
        "parts": _parts(tuple(offered)),
    }


@lru_cache(maxsize=1)
def _parts(offered: tuple[str, ...]) -> list[dict[str, str]]:
    return list(slicing.sliced((module, name) for module, _, name in (part.partition(":") for part in offered)))
