"""The modes of the app: their names, keys and screens. A screen's code is read when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.binding import Binding
from textual.screen import Screen


def course() -> Screen[Any]:
    from tui.screens.course import CourseScreen

    return CourseScreen()


def practice() -> Screen[Any]:
    from tui.screens.practice import PracticeScreen

    return PracticeScreen()


def playground() -> Screen[Any]:
    from tui.screens.playground import PlaygroundScreen

    return PlaygroundScreen()


def progress() -> Screen[Any]:
    from tui.screens.progress import ProgressScreen

    return ProgressScreen()


def cowork() -> Screen[Any]:
    from tui.screens.cowork import CoworkScreen

    return CoworkScreen()


def help() -> Screen[Any]:
    from tui.screens.help import HelpScreen

    return HelpScreen()


MODES: dict[str, str | Callable[[], Screen[Any]]] = {
    "course": course,
    "practice": practice,
    "playground": playground,
    "progress": progress,
    "cowork": cowork,
    "help": help,
}
TITLES = {
    "course": ("Course", "Months, materials, exercises"),
    "practice": ("Practice", "The task, the checks of your file, hints"),
    "playground": ("Playground", "Talk to a language model, and look at its choices"),
    "progress": ("Progress", "What you have done so far"),
    "cowork": ("Co-work", "Learn with your study group, live"),
    "help": ("Help", "Keys, how a check works, where your files are"),
}
# The function keys work while a text is being typed, too.
BINDINGS = [
    Binding(
        f"{number},f{number}{',question_mark' if mode == 'help' else ''}",
        f"app.switch_mode('{mode}')",
        TITLES[mode][0],
        id=f"mode.{mode}",
        tooltip=TITLES[mode][1],
    )
    for number, mode in enumerate(MODES, 1)
]
