"""The program's course contains the whole outline."""

from __future__ import annotations

import re

from exercises.course import Month
from exercises.load import check_course, load_course
from learner.workload import LearningPath
from tests.support.command_line import run_python

COURSE = load_course()

# A distinctive part of each link in the organizers' outline.
LINKS = {
    "month-1": """zjkBMFhNj_g programming-24.mooc.fi/part-1/1-getting-started www.kaggle.com/learn
        dvgodoy/PyTorchStepByStep sebastianraschka.com/teaching/pytorch-1h/
        developers.google.com/machine-learning/crash-course/llm
        developers.google.com/machine-learning/glossary rasbt/LLM-workshop-2024 quh7z1q7-uc yAcWnfsZhzo""",
    "month-2": """zduSFxRajkE web.stanford.edu/~jurafsky/slp3/ 341Rb8fJxY0
        lena-voita.github.io/nlp_course/language_modeling.html minbpe/blob/master/exercise.md
        minbpe/blob/master/lecture.md""",
    "month-3": """XfpMkf4rD6E sebastianraschka.com/blog/2023/self-attention-from-scratch.html eMlx5fFNoYc
        jalammar.github.io/illustrated-transformer/ -Ll8DtpNtvk""",
    "break": "",
    "month-4": "kCc8FmEb1nY YSAkgEarBGE",
    "month-5": "l8pRSuU81PU Zar2TJv-sE0",
    "month-6": "5PFXJYme4ik 4yNswvhPWCQ",
    "beyond": "",
}
CHAPTERS = {
    "month-1": ["Chapter 1", "Appendix A"],
    "month-2": ["Chapter 2"],
    "month-3": ["Chapter 3"],
    "break": [],
    "month-4": ["Chapter 4"],
    "month-5": ["Chapter 5", "Appendix D"],
    "month-6": ["Chapter 6", "Chapter 7", "Appendix E"],
    "beyond": [],
}


def test_the_files_of_the_course_are_right() -> None:
    check_course()


def test_the_course_is_loaded_once() -> None:
    assert load_course() is load_course()


def test_months_and_the_break_have_the_dates_of_the_outline() -> None:
    assert [(month.id, month.number, month.when) for month in COURSE.months] == [
        ("month-1", 1, "Oct 2024"),
        ("month-2", 2, "Nov 2024"),
        ("month-3", 3, "Dec 2024"),
        ("break", None, "Jan 2025"),
        ("month-4", 4, "Feb 2025"),
        ("month-5", 5, "Mar 2025"),
        ("month-6", 6, "Apr 2025"),
        ("beyond", None, "any time"),
    ]


def test_every_month_has_the_links_of_the_outline() -> None:
    for month in COURSE.months:
        urls = " ".join(material.url or "" for material in month.materials)
        for link in LINKS[month.id].split():
            assert link in urls, f"{month.id} lacks {link}"


def test_every_month_has_its_chapters() -> None:
    for month in COURSE.months:
        titles = [material.title for material in month.materials]
        for chapter in CHAPTERS[month.id]:
            assert any(title.startswith(f"{chapter}:") for title in titles), f"{month.id} lacks {chapter}"


# The outline's estimates in hours.
OUTLINE = {"month-1": (5, 10), "month-2": (10, 20)}


def test_only_month_one_has_materials_for_beginners_of_forty_hours() -> None:
    def hours(month: Month) -> float:
        return sum(material.hours for material in month.materials if material.audience == "beginners")

    assert [month.id for month in COURSE.months if hours(month)] == ["month-1"]
    assert 38 <= hours(COURSE.months[0]) <= 44


def test_the_hours_add_up_to_the_estimate_of_the_outline() -> None:
    for month in COURSE.months:
        said = [work.text for work in month.workload if work.audience == "all"]
        if month.id not in OUTLINE:
            assert not month.workload, f"{month.id}: the outline has no estimate for it"
            continue
        low, high = OUTLINE[month.id]
        assert said == [f"{low}–{high} hours"]
        # The estimate does not include the exercises of this program.
        assert low <= LearningPath("all").planned(month).materials <= high


def test_every_month_has_an_overview_and_an_agenda() -> None:
    for month in COURSE.months:
        assert len(month.overview) > 200 and len(month.agenda) >= 4 and month.materials


def test_no_text_is_missing() -> None:
    texts = [COURSE.overview, *COURSE.objectives, *(activity.text for activity in COURSE.activities)]
    for month in COURSE.months:
        texts += [month.overview, *month.agenda, *(work.text for work in month.workload)]
        texts += [material.note for material in month.materials]
        texts += [material.text for material in month.materials if material.text]
    assert all(text.strip() for text in texts)
    assert not re.search(r"TODO|TBD|add link|lorem", " ".join(texts), re.IGNORECASE)


def test_the_book_has_its_discount_code() -> None:
    assert COURSE.book.author == "Sebastian Raschka" and COURSE.book.discount == "SRLLM24"
    assert COURSE.book.url == "https://www.manning.com/books/build-a-large-language-model-from-scratch"
    assert COURSE.book.code_url == "https://github.com/rasbt/LLMs-from-scratch"


def test_the_activities_of_the_outline() -> None:
    assert [activity.name for activity in COURSE.activities] == ["Reading", "Co-work", "Group", "Discord"]


def test_objectives_are_sentences() -> None:
    assert 6 <= len(COURSE.objectives) <= 12
    assert all(objective[0].isupper() and objective.endswith(".") for objective in COURSE.objectives)


def test_the_pages_of_the_course() -> None:
    pages = {m.id: m.text for month in COURSE.months for m in month.materials if m.page}
    assert set(pages) == {"key-concepts", "project-template"}
    assert "**Attention**" in (pages["key-concepts"] or "")
    assert "fromscratch project new" in (pages["project-template"] or "")


def test_the_break_has_a_project_and_a_demo_slot() -> None:
    [month] = [month for month in COURSE.months if month.project is not None]
    assert month.id == "break" and month.agenda[0].startswith("Demos: ten minutes each")
    project = month.project
    assert project is not None and project.hours >= 5
    template = (project.folder / "CHECKLIST.md").read_text()
    assert template.count("- [ ]") >= 8 and "slot for the demo" in template
    # The month before the break plans it and assigns the slots.
    assert any("demo slots" in point for point in COURSE.months[2].agenda)


def test_exercises_come_after_those_that_they_need() -> None:
    seen: set[str] = set()
    ids = {exercise.id for exercise in COURSE.exercises}
    for exercise in COURSE.exercises:
        assert not (set(exercise.needs) & ids) - seen, f"{exercise.id} needs a later exercise"
        seen.add(exercise.id)


def test_loading_the_course_does_not_import_torch() -> None:
    code = (
        "import sys; from exercises.load import load_course; course = load_course();"
        "[exercise.version for exercise in course.exercises];"
        "assert not {'torch', 'numpy', 'reference'} & set(sys.modules)"
    )
    run_python(code)
