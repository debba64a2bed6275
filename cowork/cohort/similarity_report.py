"""The similarity report: submissions to look at together, found in a process apart from the hub's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import msgspec

import fromscratch
from cowork.cohort.similarity import THRESHOLD, Fragment, SimilarityResult, SourceGroup
from cowork.refusal import Refusal
from cowork.rooms.submissions import Submission
from exercises.course import Course, Exercise
from grader.source.slicing import source_of

log = logging.getLogger("cowork.cohort")
COMPARE_TIMEOUT = 25.0  # seconds
MAX_SOURCE = 64 * 1024  # bytes of a source that is compared: many times what an exercise takes
MAX_PAIRS = 100  # pairs in a report, the most alike

EXPLANATION = (
    "These sources are worth looking at together: they share more than the exercise, its stub and its usual answers "
    "make alike. That says nothing about how it came to be: people who learn together talk, and read the same pages."
)


class ReportedSource(msgspec.Struct, frozen=True):
    submission: str
    room: str
    member: str
    name: str


class ReportedPair(msgspec.Struct, frozen=True):
    """`alike` from 0 to 1, over the `own` tokens of the shorter one."""

    left: ReportedSource
    right: ReportedSource
    alike: float
    own: int
    fragments: list[Fragment]


class SimilarityReport(msgspec.Struct, frozen=True):
    """Of one exercise. `compared` of `of` people's sources had enough of their own."""

    exercise: str
    says: str
    compared: int
    of: int
    pairs: list[ReportedPair]


def chosen(submissions: Iterable[tuple[str, Submission]], exercise: str) -> dict[str, tuple[str, Submission]]:
    """(room, submission) by submission id: each person's last that passed, else their last."""
    last: dict[str, tuple[bool, float, str, Submission]] = {}
    for room, one in submissions:
        if one.exercise == exercise:
            entry = (one.outcome == "passed", one.at, room, one)
            if one.by not in last or entry[:2] >= last[one.by][:2]:
                last[one.by] = entry
    return {one.id: (room, one) for _, _, room, one in last.values()}


def known_sources(exercise: Exercise, course: Course) -> list[bytes]:
    """What makes right answers alike: the stub, other right ways, the reference, and that of what it builds on."""
    files = [exercise.folder / "stub.py", *sorted((exercise.folder / "other_styles").glob("*.py"))]
    modules = {exercise.reference} | {one.reference for one in course.exercises if one.id in exercise.needs}
    return [file.read_bytes() for file in files] + [source_of(module).encode() for module in sorted(modules)]


async def compared(group: SourceGroup, threshold: float = THRESHOLD) -> SimilarityResult:
    """Compares in a process of its own; what hangs or dies there is ended. Raises Refusal("similar")."""
    if len(group.sources) < 2:
        return SimilarityResult(group.exercise, 0, len(group.sources), [])
    process = await asyncio.create_subprocess_exec(
        *fromscratch.command("cowork.cohort.similarity", str(threshold)),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(COMPARE_TIMEOUT):
            answer, _ = await process.communicate(msgspec.json.encode(group))
        return msgspec.json.decode(answer, type=SimilarityResult)
    except (TimeoutError, msgspec.DecodeError, OSError) as error:
        log.error("sources of %s could not be compared: %s", group.exercise, error)
        raise Refusal("similar", f"The sources of {group.exercise} could not be compared.") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def report(found: SimilarityResult, sources: dict[str, tuple[str, Submission]]) -> SimilarityReport:
    def side(id: str) -> ReportedSource:
        room, one = sources[id]
        return ReportedSource(id, room, one.by, one.name)

    pairs = [
        ReportedPair(side(pair.left), side(pair.right), pair.alike, pair.own, pair.fragments)
        for pair in found.pairs[:MAX_PAIRS]
    ]
    return SimilarityReport(found.exercise, EXPLANATION if pairs else "", found.compared, len(sources), pairs)
