"""A course of two exercises in a folder of its own, as CONTRIBUTING.md describes it."""

from __future__ import annotations

from pathlib import Path

COURSE = """\
id = "small-course"
title = "Small course"
overview = "Two exercises of a teacher."
objectives = ["Write a function."]
start = "2024-10"

[[month]]
id = "first"
number = 1
offset = 0
title = "The first month"
folder = "month_1"
overview = "Two functions."
"""
SHIFT = '''\
"""Shifts numbers."""

import torch


def shift(x: torch.Tensor, by: float) -> torch.Tensor:
    """Adds a number to each element. x: (N,) -> (N,)"""
    shifted = x + by
    return shifted
'''
TWICE = '''\
"""Shifts twice."""

import torch

from reference.shifting import shift


def shift_twice(x: torch.Tensor, by: float) -> torch.Tensor:
    """Shifts, and shifts the result again. x: (N,) -> (N,)"""
    once = shift(x, by)
    return shift(once, by)
'''
EXERCISE = """\
id = "{id}"
title = "{title}"
summary = "Moves numbers."
symbols = ["{symbol}"]
reference = "reference.{module}"
minutes = 5
level = "core"
needs = {needs}

[probes]
example = "{symbol}(torch.tensor([1.0, 2.0]), 3.0)"
negative = "{symbol}(torch.tensor([4.0, -1.0]), -2.0)"

[[check]]
title = "The worked example gives the expected numbers"
page = "the numbers of the example"
probe = "example"
what = "result of the example"

[[check]]
title = "It shifts downwards too"
page = "also negative"
probe = "negative"
what = "result for -2"

[[hint]]
text = "Which operation moves every number by the same amount?"

[[mistake]]
id = "other-way"
says = "Yours moves the numbers down; it should move them up."
replace = "{replace}"
by = "{by}"
"""
PAGE = "# {title}\n\nWrite `{symbol}(x, by)`. It gives the numbers of the example, also negative ones.\n"
STUB = 'import torch\n\n\ndef {symbol}(x, by):\n    """Moves the numbers of x."""\n    raise NotImplementedError\n'
TWO_SHIFTS = "from parts import shift\n\n\ndef shift_twice(x, by):\n    return shift(shift(x, by), by)\n"
RIGHT = {"shift": "def shift(x, by):\n    return x + by\n", "shift-twice": TWO_SHIFTS}


def write_course(folder: Path, beside: bool = False) -> Path:
    """Writes the course and returns its folder; the reference lies in it, or beside it."""
    reference = (folder.parent if beside else folder) / "reference"
    reference.mkdir(parents=True)
    folder.mkdir(exist_ok=True)
    (folder / "course.toml").write_text(COURSE)
    for module, text in (("__init__", ""), ("shifting", SHIFT), ("shifting_twice", TWICE)):
        (reference / f"{module}.py").write_text(text)
    _write(folder / "month_1" / "01_shift", id="shift", title="Shift", symbol="shift", module="shifting", needs="[]",
           replace="x + by", by="x - by")  # fmt: skip
    _write(folder / "month_1" / "02_shift_twice", id="shift-twice", title="Shift twice", symbol="shift_twice",
           module="shifting_twice", needs='["shift"]', replace="shift(once, by)", by="shift(once, -by)")  # fmt: skip
    return folder


def _write(folder: Path, **names: str) -> None:
    folder.mkdir(parents=True)
    (folder / "exercise.toml").write_text(EXERCISE.format(**names))
    (folder / "README.md").write_text(PAGE.format(**names))
    (folder / "stub.py").write_text(STUB.format(**names))
    (folder / "other_styles").mkdir()
    style = RIGHT[names["id"]].replace("(x, by):", "(x, by):\n    # in one line")
    (folder / "other_styles" / "short.py").write_text(style)
