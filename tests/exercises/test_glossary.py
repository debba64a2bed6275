"""The glossary: it contains every concept of the course, finds terms by name, and generates the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exercises import glossary_page
from exercises.concept_index import references_to
from exercises.decode import CourseError
from exercises.load import load_course

COURSE = load_course()
GLOSSARY = COURSE.glossary

GOOD = """\
title = "First words"

[[term]]
name = "Token"
means = "A piece of text."
also = ["word-piece"]
book = ["2.2", "A.1"]
related = ["text"]
materials = ["a-page"]

[[term]]
name = "Text"
means = "What is read."
"""


def test_every_concept_of_an_exercise_is_a_term() -> None:
    missing = {
        f"{exercise.id}: {concept}"
        for exercise in COURSE.exercises
        for concept in exercise.concepts
        if GLOSSARY.find(concept) is None
    }
    assert not missing, "write these in exercises/glossary/, or name them there under `also`"


def test_every_term_of_a_quiz_is_a_term() -> None:
    words = {word for quiz in COURSE.quizzes for question in quiz.questions for word in question.terms}
    assert {word for word in words if GLOSSARY.find(word) is None} == set()


def test_every_month_has_a_section_in_course_order() -> None:
    assert [section.month_id for section in GLOSSARY.sections] == [month.id for month in COURSE.months]
    assert all(len(section.terms) >= 10 for section in GLOSSARY.sections)


def test_every_term_has_a_meaning_and_references() -> None:
    for term in GLOSSARY.terms:
        assert re.search(r"[.)]$", term.means), term.name
        assert 30 <= len(term.means) <= 400, term.name
        references = references_to(term, COURSE)
        assert references.exercises or references.book or references.related, term.name
        assert term not in references.related, term.name


def test_every_section_of_the_book_has_a_chapter_in_the_course() -> None:
    for term in GLOSSARY.terms:
        for section, chapter in references_to(term, COURSE).book:
            assert chapter is not None, f"{term.name}: {section}"


def test_the_page_is_up_to_date() -> None:
    right = glossary_page.page(COURSE)
    assert glossary_page.PATH.read_text(encoding="utf-8") == right, "run `python -m exercises.glossary_page`"


def test_the_links_of_the_page_are_valid() -> None:
    text = glossary_page.PATH.read_text(encoding="utf-8")
    links = re.findall(r"\]\((\.\./[^)]*)\)", text)
    assert len(links) > 100
    assert all((glossary_page.PATH.parent / link).is_file() for link in links)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("softmax", "Softmax"),
        ("  KV-Cache ", "Key-value cache"),
        ("key value cache", "Key-value cache"),
        ("logit", "Logits"),
        ("transformer blocks", "Transformer block"),
        ("softmax of -inf", "Softmax of −inf"),
        ("ignore_index", "Ignore index"),
    ],
)
def test_find_accepts_any_name_of_a_term(word: str, name: str) -> None:
    term = GLOSSARY.find(word)
    assert term is not None and term.name == name


def test_unknown_words() -> None:
    assert GLOSSARY.find("") is None
    assert GLOSSARY.find("zebra") is None
    assert GLOSSARY.near("zebra crossing") == []
    assert GLOSSARY.search("zebra") == []
    assert GLOSSARY.search(" ") == list(GLOSSARY.terms)


def test_search_ranks_names_before_other_names_and_meanings() -> None:
    names = [term.name for term in GLOSSARY.search("soft")]
    assert names[0] == "Softmax"
    assert names.index("Online softmax") < names.index("Logits")
    assert GLOSSARY.search("gqa")[0].name == "Grouped-query attention"
    assert "Softmax" in [term.name for term in GLOSSARY.search("sum to 1")]
    for term in GLOSSARY.terms:
        assert GLOSSARY.search(term.name)[0] is term


def test_near_finds_misspelled_names() -> None:
    assert "Softmax" in GLOSSARY.near("sofmax")
    assert "Perplexity" in GLOSSARY.near("perplexety")


def test_references_to_a_term() -> None:
    term = GLOSSARY.find("causal mask")
    assert term is not None
    references = references_to(term, COURSE)
    assert {"causal-mask", "causal-attention"} <= {exercise.id for exercise in references.exercises}
    assert [(section, chapter.id) for section, chapter in references.book if chapter] == [
        ("3.5", "chapter-3"),
        ("3.5.1", "chapter-3"),
    ]
    assert references.month.id == "month-3"


@pytest.fixture
def path(root: Path) -> Path:
    (root / "glossary").mkdir()
    path = root / "glossary" / "month-1.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_a_small_glossary(root: Path, path: Path) -> None:
    course = load_course(root)
    [token, _] = course.glossary.terms
    references = references_to(token, course)
    assert [other.name for other in references.related] == ["Text"]
    assert [material.id for material in references.materials] == ["a-page"]
    assert references.book == (("2.2", None), ("A.1", None))


def test_a_course_without_a_glossary(root: Path) -> None:
    assert load_course(root).glossary.terms == ()


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('related = ["text"]', 'related = ["tet"]', "term[0].related[0]", "no term 'tet'"),
        ('["a-page"]', '["b-page"]', "term[0].materials[0]", "not the id of a material"),
        ('"A.1"', '"1,2"', "term[0].book[1]", "not the number of a section"),
        ('name = "Text"', 'name = "Word piece"', "term[1]", "is already a name of 'Token'"),
        ("What is read.", " ", "term[1].means", "empty"),
        ('"word-piece"', '" "', "term[0]", "empty"),
        ("means", "mean", "term[0].mean", "Did you mean `means`"),
        ('title = "First words"\n', "", "title", "missing"),
    ],
)
def test_an_invalid_file_is_reported_with_the_key(
    root: Path, path: Path, old: str, new: str, key: str, problem: str
) -> None:
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(CourseError) as raised:
        _ = load_course(root).glossary.terms
    assert (raised.value.path, raised.value.key) == (path, key)
    assert problem in raised.value.problem
