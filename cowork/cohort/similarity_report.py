"""Builds the similarity report: pairs of submissions worth looking at together, found in a separate process."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterable

import msgspec

from cowork.cohort.similarity import LARGE_GROUP, THRESHOLD, Fragment, SimilarityResult, SourceGroup
from cowork.refusal import Refusal
from cowork.rooms.submissions import Submission
from exercises.course import Course
from exercises.exercise import Exercise
from grader.source.slicing import source_of

log = logging.getLogger("cowork.cohort")
COMPARE_TIMEOUT = 25.0  # seconds
MAX_SOURCE = 64 * 1024  # bytes: many times the size of any solution
MAX_PAIRS = 100  # the most similar pairs

EXPLANATION = (
    "These sources are worth looking at together: they are more similar than the exercise, its stub and its usual "
    "solutions explain. That does not tell why: people who learn together talk, and read the same pages."
)


class ReportedSource(msgspec.Struct, frozen=True):
    submission: str
    room: str
    member: str
    name: str


class ReportedPair(msgspec.Struct, frozen=True):
    """`alike`: the similarity, from 0 to 1, over the `own` tokens of the shorter source."""

    left: ReportedSource
    right: ReportedSource
    alike: float
    own: int
    fragments: list[Fragment]


class SimilarityReport(msgspec.Struct, frozen=True):
    """The report on one exercise. `compared` of `of` people's sources had enough own tokens; `says` tells what was
    done."""

    exercise: str
    says: str
    compared: int
    of: int
    pairs: list[ReportedPair]


def latest_submissions(
    submissions: Iterable[tuple[str, Submission]], exercise: str
) -> dict[str, tuple[str, Submission]]:
    """Chooses each person's last submission that passed, or their last one; (room, submission) by submission id."""
    latest: dict[str, tuple[bool, float, str, Submission]] = {}
    for room, submission in submissions:
        if submission.exercise == exercise:
            entry = (submission.outcome == "passed", submission.at, room, submission)
            if submission.by not in latest or entry[:2] >= latest[submission.by][:2]:
                latest[submission.by] = entry
    return {submission.id: (room, submission) for _, _, room, submission in latest.values()}


def known_sources(exercise: Exercise, course: Course) -> list[bytes]:
    """The sources that make correct solutions similar: the stub, other correct styles, the exercise's reference and
    the references of the exercises that it builds on."""
    files = [exercise.folder / "stub.py", *sorted((exercise.folder / "other_styles").glob("*.py"))]
    modules = {exercise.reference} | {other.reference for other in course.exercises if other.id in exercise.needs}
    return [file.read_bytes() for file in files] + [source_of(module).encode() for module in sorted(modules)]


async def compare(group: SourceGroup, threshold: float = THRESHOLD) -> SimilarityResult:
    """Compares the sources in a process of its own, with a time limit. Raises Refusal("similar")."""
    if len(group.sources) < 2:
        return SimilarityResult(group.exercise, 0, len(group.sources), [])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "cowork.cohort.similarity", str(threshold),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(COMPARE_TIMEOUT):
            output, _ = await process.communicate(msgspec.json.encode(group))
        return msgspec.json.decode(output, type=SimilarityResult)
    except (TimeoutError, msgspec.DecodeError, OSError) as error:
        log.error("sources of %s could not be compared: %s", group.exercise, error)
        raise Refusal("similar", f"The sources of {group.exercise} could not be compared.") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def build_report(result: SimilarityResult, sources: dict[str, tuple[str, Submission]]) -> SimilarityReport:
    def reported(id: str) -> ReportedSource:
        room, submission = sources[id]
        return ReportedSource(id, room, submission.by, submission.name)

    pairs = [
        ReportedPair(reported(pair.left), reported(pair.right), pair.alike, pair.own, pair.fragments)
        for pair in result.pairs[:MAX_PAIRS]
    ]
    return SimilarityReport(
        result.exercise, f"{describe(result)} {EXPLANATION}" if pairs else describe(result), result.compared,
        len(sources), pairs,
    )  # fmt: skip


def describe(result: SimilarityResult) -> str:
    """Says what the comparison did and left out."""
    if result.of < 2:
        return "At least two people must hand in the exercise before sources can be compared."
    common = "what the stub, the reference and other usual solutions contain"
    if result.of >= LARGE_GROUP:
        common += ", and what at least half of the group wrote"
    few = result.of - result.compared
    left_out = f" {few} of {result.of} sources have too little code of their own beyond that." if few else ""
    return f"{result.compared} of {result.of} sources were compared, each pair, without {common}.{left_out}"
