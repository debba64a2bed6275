"""What an organiser asks about the whole group: "cohort", "export" and "similar"."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

import msgspec

from cowork.administration import SEE_COHORT
from cowork.cohort import similarity_report
from cowork.cohort.export import cohort_csv, cohort_json
from cowork.cohort.similarity import THRESHOLD, SourceGroup
from cowork.cohort.statistics import build_cohort, shorten, tries_by_member
from cowork.hub.requests import Nothing, request
from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.submissions import Submission, Submissions
from exercises.load import load_course

if TYPE_CHECKING:
    from cowork.hub.hub import Hub

PIECE = 100_000  # characters in an answer: a frame holds them, however they are encoded
KEPT = 4  # exports that are fetched piece by piece at once


class Kept:
    """What a hub remembers between requests."""

    def __init__(self) -> None:
        self.exports: dict[str, list[str]] = {}
        self.comparing = asyncio.Lock()


_kept: WeakKeyDictionary[Hub, Kept] = WeakKeyDictionary()


async def submissions(hub: Hub) -> list[tuple[str, Submission]]:
    """(room, submission) of all rooms."""
    found = []
    for row in await hub.store.rooms():
        found += [(row.id, one) for one in (await hub.ledger.room(row.id))[Submissions].all.values()]
    return found


async def names(hub: Hub) -> dict[str, str]:
    """Who has a row: all who work here and have not been shut out."""
    return {
        one.member.id: one.member.name
        for one in await hub.store.members()
        if not one.gone and one.member.role in ("member", "organiser")
    }


@request("cohort", SEE_COHORT, Nothing)
async def the_cohort(hub: Hub, by: Member, data: Nothing) -> Any:
    """The Cohort, shortened."""
    given, known = await submissions(hub), await names(hub)
    tries = tries_by_member(submission for _, submission in given)
    return shorten(await asyncio.to_thread(build_cohort, tries, known, load_course()))


class Export(msgspec.Struct, forbid_unknown_fields=True):
    """The first piece of a new export, or another of the one with this `id`."""

    kind: Literal["csv", "json"] = "csv"
    id: str = ""
    piece: int = 0


@request("export", SEE_COHORT, Export)
async def export(hub: Hub, by: Member, data: Export) -> Any:
    """{"id", "pieces": how many there are, "text": this one}"""
    exports = _kept.setdefault(hub, Kept()).exports
    id = data.id
    if not id:
        given, known = await submissions(hub), await names(hub)
        id, text = secrets.token_hex(8), await asyncio.to_thread(_written, data.kind, given, known)
        exports[id] = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
        for old in list(exports)[:-KEPT]:
            del exports[old]
    if id not in exports or not 0 <= data.piece < len(exports[id]):
        raise Refusal("unknown", "The hub does not have this export any more. Ask for a new one.")
    return {"id": id, "pieces": len(exports[id]), "text": exports[id][data.piece]}


def _written(kind: str, given: list[tuple[str, Submission]], known: dict[str, str]) -> str:
    tried = tries_by_member(one for _, one in given)
    if kind == "csv":
        return cohort_csv(tried, known, load_course())
    return cohort_json(tried, known, load_course(), time.time())


class Similar(msgspec.Struct, forbid_unknown_fields=True):
    exercise: str
    threshold: float = THRESHOLD


@request("similar", SEE_COHORT, Similar)
async def similar_ones(hub: Hub, by: Member, data: Similar) -> Any:
    """A Report on one exercise."""
    course = load_course()
    exercise = next((one for one in course.exercises if one.id == data.exercise), None)
    if exercise is None or not 0.3 <= data.threshold <= 1:
        raise Refusal("data", "Name an exercise of the course, and a threshold from 0.3 to 1.")
    sources = similarity_report.latest_submissions(await submissions(hub), exercise.id)
    async with _kept.setdefault(hub, Kept()).comparing:  # one process at a time
        blobs = {id: await hub.store.blob(room, id) for id, (room, _) in sources.items()}
        group = SourceGroup(
            exercise.id,
            {id: blob for id, blob in blobs.items() if blob is not None and len(blob) <= similarity_report.MAX_SOURCE},
            similarity_report.known_sources(exercise, course),
        )
        found = await similarity_report.compare(group, data.threshold)
    return similarity_report.build_report(found, sources)
