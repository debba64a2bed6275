"""A small valid course in a temporary folder, which tests then damage."""

from __future__ import annotations

from pathlib import Path

import pytest

COURSE = """\
title = "A course"
overview = '''
First paragraph,
on two lines.

Second paragraph.
'''
objectives = ["A first objective.", "A second objective."]
start = "2024-10"

[book]
title = "A book"
author = "An author"
url = "https://example.org/book"
code_url = "https://example.org/code"

[[activity]]
name = "Reading"
text = "Read."

[[month]]
id = "month-1"
number = 1
offset = 0
title = "First"
folder = "month_1_first"
overview = "The first month."
agenda = ["Talk."]

[[month.workload]]
audience = "all"
text = "5 hours"

[[month.material]]
id = "a-page"
title = "A page"
kind = "page"
hours = 0.5
page = "page.md"

[[month.material]]
id = "a-video"
title = "A video"
kind = "watch"
audience = "beginners"
url = "https://example.org/video"
hours = 1.5

[[month]]
id = "month-2"
offset = 1
title = "Second"
folder = "month_2_second"
overview = "The second month."
"""

EXERCISE = """\
id = "add-one"
title = "Add one"
summary = "A function that adds one."
symbols = ["add_one"]
reference = "reference.numbers"
chapter = 2
section = "2.1"
minutes = 10
level = "core"
needs = ["not-there-yet"]
parts = ["reference.numbers:Zero"]

[[hint]]
text = "Use +."

[[mistake]]
id = "adds-two"
says = "Yours adds two; it should add one."
replace = "+ 1"
by = "+ 2"

[[mistake]]
id = "changes-two-places"
says = "Yours changes two places; it should change none."
replace = ["a", "b"]
by = ["c", "d"]
"""

FILES = {
    "exercise.toml": EXERCISE,
    "README.md": "# Add one\n",
    "stub.py": "def add_one(x):\n    raise NotImplementedError\n",
    "probes.py": "def add(impl):\n    return impl.add_one(1)\n",
    "test_add_one.py": "def test_add(run):\\n    assert run('add') == 2\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of a course with one exercise, month_1_first/01_add_one."""
    (tmp_path / "course.toml").write_text(COURSE, encoding="utf-8")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "page.md").write_text("# Page\n", encoding="utf-8")
    folder = tmp_path / "month_1_first" / "01_add_one"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def folder(root: Path) -> Path:
    """The folder of the exercise add-one."""
    return root / "month_1_first" / "01_add_one"
