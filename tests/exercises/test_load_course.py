"""A valid course loads; an error names the file, the key and the remedy."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.course import UnknownExercise, WorkloadEstimate, month_label
from exercises.exercise import Mistake
from exercises.load import CourseError, load_course


def test_a_course_loads(root: Path) -> None:
    course = load_course(root)
    assert course.overview == "First paragraph, on two lines.\n\nSecond paragraph."
    assert [month.when for month in course.months] == ["Oct 2024", "Nov 2024"]
    assert [month.number for month in course.months] == [1, None]
    assert course.months[0].workload == (WorkloadEstimate("all", "5 hours"),)
    page, video = course.months[0].materials
    assert (page.url, page.text, page.audience) == (None, "# Page\n", "all")
    assert (video.url, video.hours, video.audience, video.text) == (
        "https://example.org/video",
        1.5,
        "beginners",
        None,
    )


def test_an_exercise_loads(root: Path, folder: Path) -> None:
    course = load_course(root)
    (exercise,) = course.exercises
    assert exercise == course.exercise("add-one")
    assert exercise.month_id == course.months[0].id
    assert (exercise.chapter, exercise.section, exercise.minutes) == (2, "2.1", 10)
    assert (exercise.file_name, exercise.tests_path) == ("add_one.py", folder / "test_add_one.py")
    assert exercise.readme.startswith("# Add one") and "NotImplementedError" in exercise.stub
    assert [mistake.edits for mistake in exercise.mistakes] == [(("+ 1", "+ 2"),), (("a", "c"), ("b", "d"))]


def test_a_mistake_with_a_parameter_has_a_variant_for_each_value() -> None:
    mistake = Mistake("eps", "Yours adds {eps}.", "x", ("x + {eps}",), {"eps": ("1e-8", "1e-7")})
    assert [variant.says for variant in mistake.variants] == ["Yours adds 1e-8.", "Yours adds 1e-7."]
    assert [variant.edits for variant in mistake.variants] == [(("x", "x + 1e-8"),), (("x", "x + 1e-7"),)]
    assert {variant.id for variant in mistake.variants} == {"eps"}


def test_exercises_are_sorted_by_folder(root: Path, folder: Path) -> None:
    for number, id in ((10, "last"), (2, "second")):
        copy = root / "month_1_first" / f"{number:02}_{id}"
        shutil.copytree(folder, copy)
        (copy / "test_add_one.py").rename(copy / f"test_{id}.py")
        text = (copy / "exercise.toml").read_text().replace('"add-one"', f'"{id}"')
        (copy / "exercise.toml").write_text(text)
    assert [exercise.id for exercise in load_course(root).exercises] == ["add-one", "second", "last"]


def test_a_folder_with_only_a_cache_is_ignored(root: Path) -> None:
    (root / "month_1_first" / "07_renamed" / "__pycache__").mkdir(parents=True)
    (root / "month_1_first" / "__pycache__").mkdir()
    assert len(load_course(root).exercises) == 1


COURSE_ERRORS = {
    "unknown key": ("number = 1\noffset", "numbr = 1\noffset", "month[0].numbr", "Did you mean `number`?"),
    "unknown key in a material": ("hours = 1.5", "hour = 1.5", "month[0].material[1].hour", "`hours`"),
    "missing key": ('author = "An author"\n', "", "book.author", "this key is missing"),
    "wrong type": ("offset = 0", 'offset = "0"', "month[0].offset", "must be a whole number"),
    "no month": ("2024-10", "2024-13", "start", "YYYY-MM"),
    "odd month": ("2024-10", "2024-1²", "start", "YYYY-MM"),
    "same month twice": ('id = "month-2"', 'id = "month-1"', "month[1].id", "used twice"),
    "same folder twice": ("month_2_second", "month_1_first", "month[1].folder", "used twice"),
    "folder elsewhere": ("month_2_second", "../x", "month[1].folder", "a single folder"),
    "same material twice": ('"a-video"', '"a-page"', "month[0].material[1].id", "used twice"),
    "malformed id": ('"a-video"', '"A video"', "month[0].material[1].id", "not an id"),
    "odd kind": ('"watch"', '"look"', "month[0].material[1].kind", "code, course, page, read, watch"),
    "odd audience": ('"beginners"', '"pros"', "month[0].material[1].audience", "all, beginners"),
    "insecure link": ("https://example.org/video", "ftp://x", "month[0].material[1].url", "https://"),
    "no time": ("hours = 1.5", "hours = -1", "month[0].material[1].hours", "0.1 to 200"),
    "no template": (
        'overview = "The second month."',
        'overview = "The second month."\nproject = {template = "nowhere", hours = 3}',
        "month[1].project.template",
        "Create it",
    ),
    "missing page": ('"page.md"', '"pages.md"', "month[0].material[0].page", "Create it"),
}


@pytest.mark.parametrize("error", COURSE_ERRORS)
def test_an_error_in_the_course(root: Path, error: str) -> None:
    assert_error(root, root / "course.toml", *COURSE_ERRORS[error])


EXERCISE_ERRORS = {
    "unknown key": ("minutes = 10", "minuts = 10", "minuts", "Did you mean `minutes`?"),
    "unknown key in a mistake": ('by = "+ 2"', 'buy = "+ 2"', "mistake[0].buy", "Did you mean `by`?"),
    "missing key": ('title = "Add one"\n', "", "title", "Add it"),
    "wrong type": ("minutes = 10", "minutes = 1.5", "minutes", "a whole number"),
    "wrong item": ('"Use +."', "3", "hint[0].text", "text in quotes"),
    "malformed id": ('id = "add-one"', 'id = "Add_One"', "id", "not an id"),
    "id of another folder": ('id = "add-one"', 'id = "add-two"', "id", "Write 'add-one'"),
    "wrong level": ('"core"', '"hard"', "level", "core, stretch"),
    "no symbol": ('["add_one"]', "[]", "symbols", "Name the functions"),
    "symbol no name": ('["add_one"]', '["add one"]', "symbols[0]", "not a Python name"),
    "reference no module": ('"reference.numbers"', '"reference/numbers.py"', "reference", "not a module"),
    "part without name": ("reference.numbers:Zero", "reference.numbers", "parts[0]", "module:Name"),
    "malformed need": ('"not-there-yet"', '"Not There"', "needs[0]", "not an exercise's id"),
    "needs itself": ('"not-there-yet"', '"add-one"', "needs[0]", "needs itself"),
    "no minutes": ("minutes = 10", "minutes = 0", "minutes", "1 to 600"),
    "no time limit": ("minutes = 10", "minutes = 10\ntime_limit = nan", "time_limit", "out of range"),
    "no summary": ('"A function that adds one."', '" "', "summary", "one line"),
    "two-line summary": ('"A function that adds one."', r'"One.\nTwo."', "summary", "one line"),
    "empty title": ('title = "Add one"', 'title = ""', "title", "empty"),
    "no hints": ('[[hint]]\ntext = "Use +."\n', "", "hint", "at least one hint"),
    "empty hint": ('"Use +."', '""', "hint", "empty"),
    "unequal lists": ('by = ["c", "d"]', 'by = ["c"]', "mistake[1].by", "2 texts to replace, but 1"),
    "nothing replaced": ('replace = "+ 1"', 'replace = ""', "mistake[0].replace", "empty"),
    "nothing changed": ('by = "+ 2"', 'by = "+ 1"', "mistake[0].by", "equals the text replaced"),
    "same mistake twice": ('"changes-two-places"', '"adds-two"', "mistake", "same id"),
    "malformed mistake": ('id = "adds-two"', 'id = "adds two"', "mistake[0].id", "not an id"),
    "silent mistake": ('"Yours adds two; it should add one."', '""', "mistake[0].says", "empty"),
}


@pytest.mark.parametrize("error", EXERCISE_ERRORS)
def test_an_error_in_an_exercise(root: Path, folder: Path, error: str) -> None:
    assert_error(root, folder / "exercise.toml", *EXERCISE_ERRORS[error])


def assert_error(root: Path, path: Path, right: str, wrong: str, key: str, advice: str) -> None:
    """Replaces `right` by `wrong` and asserts that the error names the file, the key and the remedy."""
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(CourseError) as raised:
        load_course(root)
    assert str(raised.value).startswith(f"{path}: {key}: ")
    assert advice in str(raised.value)


def test_an_exercise_needs_a_mistake(root: Path, folder: Path) -> None:
    path = folder / "exercise.toml"
    path.write_text(path.read_text().split("[[mistake]]")[0])
    with pytest.raises(CourseError, match="mistake: there is no mistake"):
        load_course(root)


def test_invalid_toml_is_reported_with_its_line(root: Path, folder: Path) -> None:
    path = folder / "exercise.toml"
    path.write_text(path.read_text().replace("minutes = 10", "minutes = ten"))
    with pytest.raises(CourseError, match="line 8: this is not valid TOML"):
        load_course(root)


def test_truncated_toml_is_reported_with_its_last_line(root: Path) -> None:
    (root / "course.toml").write_text('title = "A\nb = 1')
    with pytest.raises(CourseError, match=r"line \d+: this is not valid TOML"):
        load_course(root)


def test_a_file_that_is_not_utf8_is_reported_with_its_line(root: Path, folder: Path) -> None:
    (folder / "exercise.toml").write_bytes(b'id = "add-one"\ntitle = "\xff"\n')
    with pytest.raises(CourseError, match="line 2: this is not UTF-8 text"):
        load_course(root)


@pytest.mark.parametrize("name", ["exercise.toml", "README.md", "stub.py", "probes.py", "test_add_one.py"])
def test_a_missing_file_is_reported(root: Path, folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CourseError, match="the file is missing") as raised:
        load_course(root)
    assert str(raised.value).startswith(str(folder / name))


def test_a_missing_course_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"course\.toml: the file is missing"):
        load_course(tmp_path)


def test_two_exercises_with_the_same_id_are_reported(root: Path, folder: Path) -> None:
    shutil.copytree(folder, root / "month_2_second" / "01_add_one")
    with pytest.raises(CourseError, match="is also the id of the exercise in") as raised:
        load_course(root)
    assert str(folder) in str(raised.value)


def test_a_folder_without_a_number_is_reported(root: Path, folder: Path) -> None:
    folder.rename(folder.with_name("add_one"))
    with pytest.raises(CourseError, match="Rename it"):
        load_course(root)


@pytest.mark.parametrize("id", ["add-on", "ADD_ON", "add_on.py", "one", "ad one"])
def test_similar_ids_are_suggested_for_an_unknown_id(root: Path, id: str) -> None:
    with pytest.raises(UnknownExercise, match="Did you mean add-one"):
        load_course(root).exercise(id)


@pytest.mark.parametrize("id", ["", "zzzzzz", "\x1b[31m"])
def test_an_unknown_id_without_similar_ids(root: Path, id: str) -> None:
    with pytest.raises(UnknownExercise, match="fromscratch list"):
        load_course(root).exercise(id)


def test_the_version_depends_only_on_probes_and_tests(root: Path, folder: Path) -> None:
    def version() -> str:
        return load_course(root).exercises[0].version

    first = version()
    assert len(first) == 12 and int(first, 16) >= 0
    (folder / "README.md").write_text("# Different text\n")
    assert version() == first
    (folder / "probes.py").write_bytes((folder / "probes.py").read_bytes().replace(b"\n", b"\r\n"))
    assert version() == first, "line endings do not change the version"
    tests = folder / "test_add_one.py"
    tests.write_text(tests.read_text() + "\n# more\n")
    assert version() != first


def test_texts_are_read_on_demand(root: Path, folder: Path) -> None:
    (exercise,) = load_course(root).exercises
    (folder / "README.md").write_text("# Written later\n")
    assert exercise.readme == "# Written later\n"


def test_a_group_can_start_in_any_month(root: Path) -> None:
    course = load_course(root)
    shifted = course.starting("2025-12")
    assert [month.when for month in shifted.months] == ["Dec 2025", "Jan 2026"]
    assert shifted.exercises == course.exercises
    assert course.months[0].when == "Oct 2024"
    with pytest.raises(ValueError, match="YYYY-MM"):
        course.starting("next month")


@given(st.integers(1, 9000), st.integers(1, 12), st.integers(0, 500))
def test_month_labels_continue_across_years(year: int, month: int, offset: int) -> None:
    name, _, label = month_label(f"{year:04}-{month:02}", offset).partition(" ")
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    assert int(label) * 12 + months.index(name) == year * 12 + month - 1 + offset


@given(st.text())
def test_only_a_month_is_a_valid_start(text: str) -> None:
    try:
        label = month_label(text, 0)
    except ValueError:
        return
    assert len(text) == 7 and label.endswith(text[:4].lstrip("0"))


def test_fourteen_exercises_load_quickly(root: Path, folder: Path) -> None:
    for number in range(2, 15):
        copy = root / "month_1_first" / f"{number:02}_copy{number}"
        shutil.copytree(folder, copy)
        (copy / "test_add_one.py").rename(copy / f"test_copy{number}.py")
        toml = copy / "exercise.toml"
        toml.write_text(toml.read_text().replace('"add-one"', f'"copy{number}"', 1))
    times = []
    for _ in range(5):
        start = time.perf_counter()
        assert len(load_course(root).exercises) == 14
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05
