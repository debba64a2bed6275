"""The app's modes: names, titles and keys."""

from __future__ import annotations

from textual.binding import Binding

TITLES = {
    "course": ("Course", "Months, materials, exercises"),
    "practice": ("Practice", "The task, the checks of your file, hints"),
    "playground": ("Playground", "Talk to a language model and see how it chooses tokens"),
    "progress": ("Progress", "What you have completed so far"),
    "cowork": ("Co-work", "Learn with your study group, live"),
    "help": ("Help", "Keys, how checks work, where your files are"),
}
OF_OWN_COURSE = ("playground", "cowork")  # they use the exercises of this program's course
# The function keys also work while a text field has the focus.
BINDINGS = [
    Binding(
        f"{number},f{number}{',question_mark' if mode == 'help' else ''}",
        f"app.switch_mode('{mode}')",
        title,
        id=f"mode.{mode}",
        tooltip=tooltip,
    )
    for number, (mode, (title, tooltip)) in enumerate(TITLES.items(), 1)
]
