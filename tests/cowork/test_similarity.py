"""Similarity: disguised copies are found, independent solutions are not."""

from __future__ import annotations

import ast
import asyncio
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowork.cohort import similarity_report
from cowork.cohort.similarity import (
    LARGE_GROUP,
    MAX_TOKENS,
    MIN_OWN_TOKENS,
    SimilarityResult,
    SourceGroup,
    find_similar,
    token_stream,
)
from cowork.cohort.similarity_report import compare, known_sources
from cowork.refusal import Refusal
from exercises.course import Course
from exercises.exercise import Exercise


def styles(exercise: Exercise) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((exercise.folder / "other_styles").glob("*.py"))}


def disguise(source: bytes) -> bytes:
    """Returns the same program with different names, comments, types and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = ast.Name("object", ast.Load())
            node.body.insert(0, ast.Expr(ast.Constant("All my own work.")))
    local = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    text = ast.unparse(ast.fix_missing_locations(tree))
    for name in local:
        text = re.sub(rf"(?<![.\w]){name}(?!\w|=)", f"{name}_2", text)
    return ("# mine\n" + text.replace("\n    ", "\n\n    ")).encode()


def known(exercise: Exercise, course: Course) -> list[bytes]:
    """The known sources without the other styles, which play the members here."""
    others = set(styles(exercise).values())
    return [source for source in known_sources(exercise, course) if source not in others]


def test_a_disguised_copy_is_found(course: Course) -> None:
    exercise = course.exercise("multi-head-attention")
    sources = styles(exercise)
    (original, source), *_ = sources.items()
    result = find_similar(SourceGroup(exercise.id, sources | {"copy": disguise(source)}, known(exercise, course)))
    (pair,) = result.pairs
    assert {pair.left, pair.right} == {original, "copy"}
    assert pair.alike > 0.9
    longest = pair.fragments[0]
    shown = source.decode().splitlines()[longest.left[0] - 1 : longest.left[1]]
    assert shown and longest.tokens >= 8 and longest.left[0] <= longest.left[1]


def test_independent_solutions_are_not_reported(course: Course) -> None:
    """The members hand in the other styles of each exercise."""
    for exercise in course.exercises:
        result = find_similar(SourceGroup(exercise.id, styles(exercise), known(exercise, course)))
        assert result.pairs == [], exercise.id


def test_the_books_solution_is_not_reported(course: Course) -> None:
    """Two members hand in the reference."""
    for exercise in course.exercises:
        reference = known_sources(exercise, course)[-1]
        group = SourceGroup(exercise.id, {"a": reference, "b": disguise(reference)}, known(exercise, course))
        assert find_similar(group).pairs == [], exercise.id


def test_code_that_half_of_a_large_group_wrote_is_ignored(course: Course) -> None:
    exercise = course.exercise("multi-head-attention")
    source = next(iter(styles(exercise).values()))
    sources = {f"m{n}": disguise(source) for n in range(LARGE_GROUP)}
    assert find_similar(SourceGroup(exercise.id, sources, [])).compared == 0


@pytest.mark.parametrize("people", range(2, LARGE_GROUP))
def test_in_a_small_group_a_copy_is_found_however_many_share_it(course: Course, people: int) -> None:
    exercise = course.exercise("multi-head-attention")
    source = next(iter(styles(exercise).values()))
    result = find_similar(SourceGroup(exercise.id, {f"m{n}": disguise(source) for n in range(people)}, []))
    assert len(result.pairs) == people * (people - 1) // 2
    assert f"{people} of {people} sources were compared" in similarity_report.describe(result)


def test_sources_with_few_own_tokens_are_not_compared() -> None:
    short = b"def f(x):\n    return (x - x.max()).exp() / (x - x.max()).exp().sum()\n"
    assert 0 < len(token_stream(short)) < MIN_OWN_TOKENS
    assert find_similar(SourceGroup("stable-softmax", {"a": short, "b": short}, [])) == SimilarityResult(
        "stable-softmax", 0, 2, []
    )


@pytest.mark.parametrize("source", [b"def f(:", b"\0", b"(" * 5_000, b"-" * 200_000 + b"1", b"\xff\xfe", b""])
def test_invalid_sources_have_few_tokens(source: bytes) -> None:
    assert len(token_stream(source)) <= MAX_TOKENS


@given(st.binary(max_size=50) | st.text(max_size=50).map(str.encode))
def test_any_bytes_have_tokens(source: bytes) -> None:
    assert token_stream(source) == token_stream(source)


async def test_a_comparison_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def watched(*command: str, **options: Any) -> asyncio.subprocess.Process:
        started.append(await start(*command, **options))
        return started[0]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    monkeypatch.setattr(similarity_report, "COMPARE_TIMEOUT", 0.01)
    with pytest.raises(Refusal, match="could not be compared"):
        await compare(SourceGroup("gpt-model", {"a": b"x = 1", "b": b"x = 1"}, []))
    assert started[0].returncode is not None


async def test_the_separate_process_returns_the_same_result(course: Course) -> None:
    exercise = course.exercise("gpt-model")
    source = next(iter(styles(exercise).values()))
    group = SourceGroup(exercise.id, {"a": source, "b": disguise(source), "hostile": b"(" * 100_000}, [])
    assert await compare(group, 0.5) == find_similar(group, 0.5)
