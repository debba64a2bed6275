"""Likeness: a copy that was dressed up is found, right answers of two heads are not."""

from __future__ import annotations

import ast
import asyncio
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowork.cohort import similarity_report
from cowork.cohort.similarity import MIN_OWN_TOKENS, SimilarityResult, SourceGroup, find_similar
from cowork.cohort.similarity_report import compare, known_sources
from cowork.cohort.tokens import MAX_TOKENS, token_stream
from cowork.refusal import Refusal
from exercises.course import Course, Exercise


def styles(exercise: Exercise) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((exercise.folder / "other_styles").glob("*.py"))}


def dressed_up(source: bytes) -> bytes:
    """The same program with other names, comments, types and layout."""
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
    """What makes answers alike, without the other styles: these play people here."""
    others = set(styles(exercise).values())
    return [source for source in known_sources(exercise, course) if source not in others]


def test_a_copy_that_was_dressed_up_is_found(course: Course) -> None:
    exercise = course.exercise("multi-head-attention")
    sources = styles(exercise)
    (theirs, source), *_ = sources.items()
    found = find_similar(SourceGroup(exercise.id, sources | {"copy": dressed_up(source)}, known(exercise, course)))
    (pair,) = found.pairs
    assert {pair.left, pair.right} == {theirs, "copy"}
    assert pair.alike > 0.9
    longest = pair.fragments[0]
    shown = source.decode().splitlines()[longest.left[0] - 1 : longest.left[1]]
    assert shown and longest.tokens >= 8 and longest.left[0] <= longest.left[1]


def test_right_answers_of_different_heads_are_left_alone(course: Course) -> None:
    """The ways of doing each exercise that the course itself knows, as if a group had handed them in."""
    for exercise in course.exercises:
        found = find_similar(SourceGroup(exercise.id, styles(exercise), known(exercise, course)))
        assert found.pairs == [], exercise.id


def test_obvious_answers_do_not_accuse_each_other(course: Course) -> None:
    """A stub that was filled in as the book does, by three people, is nobody's copy."""
    for exercise in course.exercises:
        reference = known_sources(exercise, course)[-1]
        group = SourceGroup(exercise.id, {"a": reference, "b": dressed_up(reference)}, known(exercise, course))
        assert find_similar(group).pairs == [], exercise.id


def test_what_half_of_the_group_wrote_is_nobodys(course: Course) -> None:
    exercise = course.exercise("multi-head-attention")
    source = next(iter(styles(exercise).values()))
    everybodys = {f"m{n}": dressed_up(source) for n in range(4)}
    assert find_similar(SourceGroup(exercise.id, everybodys, [])).compared == 0
    assert find_similar(SourceGroup(exercise.id, dict(list(everybodys.items())[:2]), [])).pairs[0].alike == 1.0


def test_where_little_is_ones_own_nothing_is_said() -> None:
    short = b"def f(x):\n    return (x - x.max()).exp() / (x - x.max()).exp().sum()\n"
    assert 0 < len(token_stream(short)) < MIN_OWN_TOKENS
    assert find_similar(SourceGroup("stable-softmax", {"a": short, "b": short}, [])) == SimilarityResult(
        "stable-softmax", 0, 2, []
    )


@pytest.mark.parametrize("source", [b"def f(:", b"\0", b"(" * 5_000, b"-" * 200_000 + b"1", b"\xff\xfe", b""])
def test_what_cannot_be_read_is_not_compared(source: bytes) -> None:
    assert len(token_stream(source)) <= MAX_TOKENS


@given(st.binary(max_size=50) | st.text(max_size=50).map(str.encode))
def test_any_bytes_make_a_stream(source: bytes) -> None:
    assert token_stream(source) == token_stream(source)


async def test_a_comparison_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
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


async def test_the_process_apart_finds_the_same(course: Course) -> None:
    exercise = course.exercise("gpt-model")
    source = next(iter(styles(exercise).values()))
    group = SourceGroup(exercise.id, {"a": source, "b": dressed_up(source), "hostile": b"(" * 100_000}, [])
    assert await compare(group, 0.5) == find_similar(group, 0.5)
