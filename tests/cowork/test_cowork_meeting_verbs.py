"""`fromscratch cowork break` and `meeting`, from the command line, with a real hub and its sandbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from icalendar import Calendar

from cowork.hub import grading_jobs
from cowork.permissions import HUB
from cowork.rooms.base import Job
from cowork.rooms.submissions import Graded, RecordVerdict, Submissions
from exercises.course import Course
from tests.support.command_line import invoke
from tests.support.cowork_clients import join_hub
from tests.support.hub import HubServer
from tests.support.solutions import mistaken

Call = Callable[..., Awaitable[Result]]
SOFTMAX = "stable-softmax"


@pytest.fixture
async def call(server: HubServer, tmp_path: Path) -> Call:
    """`await call("ada", "meeting", "show")` runs a verb as a member; Orga is the organiser."""
    for name in ("ada", "bo", "orga"):
        await join_hub(server, tmp_path / name / "cowork", name.title(), "organiser" if name == "orga" else "member")

    async def call(who: str, *words: str, code: int = 0, keys: str = "") -> Result:
        env = {"FROMSCRATCH_DATA": str(tmp_path / who)}
        arguments = ("--workspace", tmp_path / who / "work", "cowork", *words)
        result = await asyncio.to_thread(invoke, *arguments, env=env, input=keys)
        assert result.exit_code == code, (words, result.output, result.exception)
        return result

    return call


def on(days: int) -> str:
    return f"{datetime.now() + timedelta(days=days):%Y-%m-%d %H:%M}"


def data(result: Result) -> Any:
    return json.loads(result.stdout)


class Sandbox:
    """A hub's queue whose jobs run in the tests' engine, which has its own event loop."""

    def __init__(self, server: HubServer, service: Any) -> None:
        self.hub, self.service = server.hub, service
        self.tasks: set[asyncio.Task[None]] = set()

    async def challenge(self, *arguments: Any) -> Any:
        asked = self.service.grader.challenge(*arguments)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, self.service.loop))

    async def put(self, job: Job, by: str = "") -> None:
        self.tasks.add(asyncio.create_task(grading_jobs.run_job(job, self.hub.ledger, self.hub.store, self)))  # type: ignore[arg-type]


async def test_break_it_from_the_command_line(
    server: HubServer, call: Call, tmp_path: Path, service: Any, course: Course
) -> None:
    exercise = course.exercise(SOFTMAX)
    (tmp_path / "wrong.py").write_text(mistaken(exercise, "neither-keepdim"))
    await call("ada", "hand-in", SOFTMAX, "--source", str(tmp_path / "wrong.py"), "--no-wait")
    (submission,) = (await server.hub.ledger.room("lobby"))[Submissions].waiting()
    assert "no verdict yet" in (await call("bo", "break", "try", submission.id, "output", "rows=2", code=1)).stderr
    await server.hub.ledger.execute(HUB, "lobby", "judge", RecordVerdict(Graded(submission.id, "passed")))
    sandbox = Sandbox(server, service)
    await server.hub.use_queue(sandbox)

    output = (await call("bo", "break", "try", f"Ada/{SOFTMAX}", "output", "rows=4", "columns=5")).stdout
    assert "✗ broke  Ada's stable-softmax: output(rows=4, columns=5)  (Bo)" in output
    assert "smallest: output(rows=2, columns=1)" in output
    again = data(await call("orga", "break", "try", submission.id, "output", "rows=4", "columns=5", "--json"))
    assert again["attempt"]["name"] == "Bo"  # the same input is not run again
    chance = data(await call("orga", "break", "try", submission.id, "output", "--by-chance", "9", "--json"))
    assert (chance["attempt"]["outcome"], chance["attempt"]["smallest"]) == ("broke", {"rows": 2, "columns": 1})
    assert "integer from 1 to 4" in (await call("bo", "break", "try", submission.id, "output", "rows=9", code=1)).stderr
    assert "NAME=VALUE" in (await call("bo", "break", "try", submission.id, "output", "rows", code=2)).stderr
    rows = {row["name"]: row for row in data(await call("ada", "break", "table", "--json"))["table"]}
    assert (rows["Bo"]["broke"], rows["Orga"]["broke"], rows["Ada"]["fell"]) == (1, 1, 1)
    assert "Bo" in (await call("ada", "break", "table")).stdout
    assert len(data(await call("ada", "break", "list", "--of", submission.id, "--json"))["attempts"]) == 2
    assert "any_scores" in (await call("bo", "break", "probes", SOFTMAX)).stdout
    await asyncio.gather(*sandbox.tasks)


async def test_a_meeting_from_the_command_line(call: Call, tmp_path: Path) -> None:
    assert "No meeting is planned" in (await call("ada", "meeting", "show", code=1)).stderr
    assert "organiser" in (await call("ada", "meeting", "plan", on(30), code=1)).stderr
    assert "2026-12-01 18:30" in (await call("orga", "meeting", "plan", "soon", code=2)).stderr
    assert "at most five years" in (await call("orga", "meeting", "plan", on(3000), code=1)).stderr
    await call("orga", "meeting", "plan", on(30), "--place", "Room 1", "--agenda", "Attention")
    await call("orga", "meeting", "change", "--minutes", "60")
    await call("ada", "meeting", "present")
    assert "Ada is already the presenter" in (await call("bo", "meeting", "present", code=1)).stderr
    await call("bo", "meeting", "ask", "Why", "divide?")
    number = str(next(iter(data(await call("bo", "meeting", "show", "--json"))["meeting"]["questions"])))
    await call("ada", "meeting", "vote", number)
    await call("ada", "meeting", "answered", number)
    await call("bo", "meeting", "insight", "Softmax", "sums", "to", "1.")
    (tmp_path / "notes.md").write_text("- one\n")
    await call("ada", "meeting", "notes", "--write", str(tmp_path / "notes.md"), "--base", "0")
    stale = await call("bo", "meeting", "notes", "--write", "-", "--base", "0", code=1, keys="- two\n")
    assert stale.stdout == "- one\n" and "Ada has changed the notes" in stale.stderr
    refused = data(await call("bo", "meeting", "notes", "--write", "-", "--base", "0", "--json", code=1, keys="x"))
    assert refused["data"] == {"version": 1, "by": "Ada", "text": "- one"}
    assert "go together" in (await call("bo", "meeting", "notes", "--write", "-", code=2)).stderr
    await call("orga", "meeting", "start")
    await call("bo", "meeting", "attend")
    shown = (await call("bo", "meeting", "show")).stdout
    for words in (
        "Room 1",
        "60 minutes, goes on",
        "Ada presents.",
        "✓ Why divide?",
        "Present: Bo, Orga",
        "version 1 by Ada",
    ):
        assert words in shown
    await call("orga", "meeting", "close")
    await call("ada", "meeting", "export", "--output", str(tmp_path / "page.md"))
    assert "## Key insights" in (tmp_path / "page.md").read_text()
    await call("ada", "meeting", "calendar", "--output", str(tmp_path / "all.ics"))
    (event,) = Calendar.from_ical((tmp_path / "all.ics").read_bytes()).walk("VEVENT")
    assert (event["sequence"], event["location"]) == (1, "Room 1")
    assert "cannot be written" in (await call("ada", "meeting", "calendar", "--output", "/nowhere/x", code=2)).stderr


async def test_meetings_that_repeat_from_the_command_line(call: Call, tmp_path: Path) -> None:
    assert "first Thursday" in (await call("orga", "meeting", "repeat", "daily", code=1)).stderr
    assert "like 18:30" in (await call("orga", "meeting", "repeat", "2 weeks", "--at", "6pm", code=2)).stderr
    planned = await call("orga", "meeting", "repeat", "first thursday", "--at", "18:30", "--zone", "Europe/Berlin")
    assert "Europe/Berlin" in planned.stdout
    meetings = data(await call("ada", "meeting", "list", "--json"))["meetings"]
    assert len(meetings) == 7 and meetings[2]["title"] == "Meeting: Attention"
    first, second, third = (meeting["id"] for meeting in meetings[:3])
    assert "your reply is “yes”" in (await call("ada", "meeting", "coming", "yes")).stdout
    await call("bo", "meeting", "coming", "perhaps", "--meeting", first)
    assert "Replies: 1 comes (Ada), 1 perhaps (Bo)." in (await call("bo", "meeting", "show")).stdout
    await call("orga", "meeting", "cancel", "--meeting", second)
    await call("orga", "meeting", "change", "--meeting", third, "--when", on(100))
    usage = await call("orga", "meeting", "change", "--meeting", third, "--following", "--title", "x", code=2)
    assert "--minutes and --place" in usage.stderr
    await call("orga", "meeting", "change", "--meeting", third, "--following", "--place", "Room 2")
    listed = (await call("ada", "meeting", "list")).stdout
    assert "(first Thursday, 1 comes)" in listed and "(cancelled, first Thursday)" in listed and "moved" in listed
    await call("ada", "meeting", "calendar", "--output", str(tmp_path / "all.ics"))
    events = Calendar.from_ical((tmp_path / "all.ics").read_bytes()).walk("VEVENT")
    assert len(events) == 7 and len({event["uid"] for event in events}) == 1  # the series, and 6 that differ from it
    await call("orga", "meeting", "cancel", "--meeting", third, "--following")
    left = data(await call("ada", "meeting", "list", "--json"))["meetings"]
    assert [meeting["id"] for meeting in left if not meeting["cancelled"]] == [first]
