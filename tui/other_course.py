"""Opens a course from a folder: says what it may do, asks for consent, and proves it, once for each content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from exercises.decode import CourseError
from exercises.location import reference_folder, select
from grader.check import Grader
from grader.errors import GraderError
from grader.proof.verify import ExerciseResult, verify
from learner.other_courses import OtherCourse, read_course, write_record
from tui.formatting import clean, plural

MAY_DO = """\
{title}
{folder}
{count}. It is not part of fromscratch.

A course is code of whoever wrote it. Its probes and tests run in the process that grades, and its reference also runs \
when you run your own files. They can do whatever you can: read and change your files, and use the network. Only your \
own solutions run in the sandbox. Trust the course only if you know where it comes from.

Before it opens, every exercise is proved once: the reference passes, and each mistake is caught. Your files for this \
course are in {root}."""
CHANGED = "The course has changed since you trusted it."


class NotProved(CourseError):
    """An exercise of the course does not tell right solutions from wrong ones."""


def what_it_may_do(other: OtherCourse) -> str:
    """Returns what a course may do, to be read before it is first opened."""
    count = plural(len(other.course.exercises), "exercise")
    text = MAY_DO.format(title=clean(other.course.title), folder=other.folder, count=count, root=other.root)
    return f"{CHANGED}\n\n{text}" if other.has_changed else text


def trust(other: OtherCourse) -> OtherCourse:
    """Records the learner's consent to this content of the course."""
    return _recorded(other, trusted=other.digest)


async def prove(other: OtherCourse, grader: Grader) -> AsyncIterator[ExerciseResult]:
    """Proves every exercise and yields the results; records that all are proved. Raises NotProved otherwise.

    The course must be selected (`exercises.location.select`) before the grader's engine starts.
    """
    try:
        async for result in verify(grader, other.course.exercises):
            yield result
            if not result.proved:
                problems = [f"{r.what} {r.name}: {r.problem}" for r in result.results if not r.proved]
                folder = other.course.exercise(result.id).folder
                raise NotProved(folder, "", "; ".join((*result.unfinished, *problems)) + ". `verify` shows all.")
    except GraderError as error:  # such as a test file that cannot be imported
        raise NotProved(other.folder, "", str(error)) from None
    _recorded(other, proved=other.digest)


def record_proof(folder: Path, root: Path) -> None:
    """Records that `verify` has proved the course whose files are in the workspace `root`."""
    other = read_course(folder, root.parent.parent)
    if other.is_trusted:
        _recorded(other, proved=other.digest)


def use(other: OtherCourse) -> None:
    """Selects the course for this process and those that it starts."""
    select(other.folder)
    assert reference_folder().is_dir()


def _recorded(other: OtherCourse, **digests: str) -> OtherCourse:
    place = {"folder": str(other.folder), "title": other.course.title}
    record = msgspec.structs.replace(other.record, **place, **digests)
    write_record(other.root, record)
    return OtherCourse(other.folder, other.course, other.root, other.digest, record)
