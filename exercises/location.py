"""Where the selected course lies: this program's own, or the folder that FROMSCRATCH_COURSE names.

The processes that this one starts inherit the variable, so that all of them use one course.
"""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "FROMSCRATCH_COURSE"
OWN = Path(__file__).resolve().parent


def course_folder() -> Path:
    """Returns the folder with the selected course's course.toml."""
    chosen = os.environ.get(VARIABLE)
    return Path(os.path.abspath(chosen)) if chosen else OWN


def select(folder: Path | None) -> None:
    """Selects the course of a folder for this process and those that it starts; None selects the program's own."""
    if folder is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = os.path.abspath(folder)


def is_own() -> bool:
    """Whether the selected course is this program's."""
    return course_folder() == OWN


def reference_folder(course: Path | None = None) -> Path:
    """Returns the folder `reference` of a course, in it or else beside it; by default of the selected course."""
    folder = course or course_folder()
    inside = folder / "reference"
    return inside if inside.is_dir() else folder.parent / "reference"


def reference_file(module: str) -> Path:
    """Returns the file of a reference module of the selected course, such as "reference.attention"."""
    return (reference_folder().parent / Path(*module.split("."))).with_suffix(".py")
