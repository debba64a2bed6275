"""An organiser's requests about the whole group: "cohort", "export" and "similar"."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from cowork.cohort import similarity_report
from cowork.cohort.similarity import THRESHOLD, SourceGroup
from cowork.cohort.statistics import TriesByMember, build_cohort, cohort_csv, cohort_json, shorten, tries_by_member
from cowork.hub.requests import NoData, request
from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.registry import SEE_COHORT
from cowork.rooms.submissions import Submission, Submissions
from exercises.load import load_course

if TYPE_CHECKING:
    from cowork.hub.hub import Hub

PIECE_SIZE = 100_000  # characters; in any encoding they fit into a frame
MAX_EXPORTS = 4  # kept for requests of their further pieces


async def submissions(hub: Hub) -> list[tuple[str, Submission]]:
    """Returns (room, submission) pairs of all rooms."""
    pairs = []
    for row in await hub.store.rooms():
        room = await hub.ledger.room(row.id)
        pairs += [(row.id, submission) for submission in room[Submissions].all.values()]
    return pairs


async def _tries_and_names(hub: Hub) -> tuple[TriesByMember, dict[str, str]]:
    """Returns the submissions by member, and the names of members and organisers, by id; guests and those who were shut
    out are left out."""
    people = [enrolled.member for enrolled in await hub.store.members() if not enrolled.gone]
    names = {member.id: member.name for member in people if member.role in ("member", "organiser")}
    return tries_by_member(submission for _, submission in await submissions(hub)), names


@request("cohort", SEE_COHORT, NoData)
async def cohort_request(hub: Hub, by: Member, data: NoData) -> Any:
    """Returns the Cohort, shortened."""
    return shorten(await asyncio.to_thread(build_cohort, *await _tries_and_names(hub), load_course()))


class Export(msgspec.Struct, forbid_unknown_fields=True):
    """Asks for the first piece of a new export, or for a piece of the export with this `id`."""

    kind: Literal["csv", "json"] = "csv"
    id: str = ""
    piece: int = 0


@request("export", SEE_COHORT, Export)
async def export_request(hub: Hub, by: Member, data: Export) -> Any:
    """Returns {"id", "pieces": their number, "text": the piece}."""
    exports = hub.exports
    id = data.id
    if not id:
        export: Callable[..., str] = cohort_csv if data.kind == "csv" else partial(cohort_json, now=time.time())
        text = await asyncio.to_thread(export, *await _tries_and_names(hub), load_course())
        id = secrets.token_hex(8)
        exports[id] = [text[start : start + PIECE_SIZE] for start in range(0, len(text), PIECE_SIZE)]
        for old in list(exports)[:-MAX_EXPORTS]:
            del exports[old]
    if id not in exports or not 0 <= data.piece < len(exports[id]):
        raise Refusal("unknown", "The hub no longer has this export. Ask for a new one.")
    return {"id": id, "pieces": len(exports[id]), "text": exports[id][data.piece]}


class Similar(msgspec.Struct, forbid_unknown_fields=True):
    exercise: str
    threshold: float = THRESHOLD


@request("similar", SEE_COHORT, Similar)
async def similar(hub: Hub, by: Member, data: Similar) -> Any:
    """Returns the SimilarityReport of an exercise."""
    course = load_course()
    exercise = next((exercise for exercise in course.exercises if exercise.id == data.exercise), None)
    if exercise is None or not 0.3 <= data.threshold <= 1:
        raise Refusal("data", "Name an exercise of the course, and a threshold from 0.3 to 1.")
    sources = similarity_report.latest_submissions(await submissions(hub), exercise.id)
    async with hub.comparing:  # one process at a time
        blobs = {id: await hub.store.blob(room, id) for id, (room, _) in sources.items()}
        group = SourceGroup(
            exercise.id,
            {id: blob for id, blob in blobs.items() if blob is not None and len(blob) <= similarity_report.MAX_SOURCE},
            similarity_report.known_sources(exercise, course),
        )
        result = await similarity_report.compare(group, data.threshold)
    return similarity_report.build_report(result, sources)
