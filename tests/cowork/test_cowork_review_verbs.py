"""`fromscratch cowork review`, `cohort`, `export`, `similar` and `webhook`, from the command line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from test_similarity import disguise, styles

from cowork.client.connection import join
from cowork.cohort.statistics import ExportRow
from cowork.hub import cohort_requests
from cowork.hub.limits import FRAME_BURST
from cowork.permissions import HUB
from cowork.rooms.submissions import Graded, RecordVerdict, Submissions
from exercises.course import Course
from tests.support.cohort_csv import from_csv
from tests.support.command_line import invoke
from tests.support.cowork_clients import join_hub
from tests.support.hub import HubServer

EXERCISE = "causal-attention"
Call = Callable[..., Awaitable[Result]]


@pytest.fixture
async def call(server: HubServer, tmp_path: Path) -> Call:
    """`await call("ada", "review", "list")` runs a verb as a member; Orga is the organiser."""
    for name in ("ada", "bo", "orga"):
        await join_hub(server, tmp_path / name / "cowork", name.title(), "organiser" if name == "orga" else "member")

    async def call(who: str, *words: str, code: int = 0) -> Result:
        env = {"FROMSCRATCH_DATA": str(tmp_path / who)}
        arguments = ("--workspace", tmp_path / who / "work", "cowork", *words)
        result = await asyncio.to_thread(invoke, *arguments, env=env)
        assert result.exit_code == code, (words, result.output, result.exception)
        return result

    return call


async def hand_in(server: HubServer, call: Call, tmp_path: Path, who: str, source: str, outcome: str) -> str:
    """Hands in a submission and records a verdict; returns its id."""
    (tmp_path / "source.py").write_text(source)
    await call(who, "hand-in", EXERCISE, "--source", str(tmp_path / "source.py"), "--no-wait")
    room = await server.hub.ledger.room("lobby")
    (submission,) = room[Submissions].waiting()
    verdict = Graded(submission.id, outcome, mistake="No mask.", mistake_id="no-mask") if outcome == "failed" else None
    await server.hub.ledger.execute(
        HUB, "lobby", f"judge-{submission.id}", RecordVerdict(verdict or Graded(submission.id, outcome))
    )
    return submission.id


def data(result: Result) -> Any:
    return json.loads(result.stdout)


async def test_a_review_from_the_command_line(server: HubServer, call: Call, tmp_path: Path) -> None:
    first = await hand_in(server, call, tmp_path, "ada", "def f():\n    return 1\n", "failed")
    second = await hand_in(server, call, tmp_path, "ada", "def f():\n    return 2\n", "failed")
    assert first in (await call("bo", "review", "submissions")).stdout
    refused = await call("bo", "review", "show", second, code=1)
    assert "both of you have passed" in refused.stderr
    await call("ada", "review", "ask", EXERCISE, "Why not 1?")
    (asked,) = data(await call("bo", "review", "list", "--json"))["reviews"]
    assert (asked["submission"], asked["asks"]) == (second, "Why not 1?")
    await call("bo", "review", "comment", second[:6], "Because it is 2.", "--line", "2")
    shown = await call("ada", "review", "show", EXERCISE)
    assert "   2      return 2\n      | thread" in shown.stdout and "| Bo: Because it is 2." in shown.stdout
    (thread,) = data(await call("ada", "review", "show", second, "--json"))["review"]["threads"]
    await call("ada", "review", "comment", second, "I see.", "--thread", str(thread["id"]))
    await call("ada", "review", "resolve", second, str(thread["id"]))
    diff = await call("ada", "review", "diff", second)
    assert diff.stdout.splitlines()[2:] == ["     1  def f():", "-    2      return 1", "+    2      return 2"]
    rows = data(await call("ada", "review", "diff", second, "--against", first, "--json"))["rows"]
    assert [row["kind"] for row in rows] == ["same", "changed"]
    await call("ada", "review", "diff", first, code=1)
    await call("bo", "review", "close", second, code=1)
    await call("ada", "review", "close", second)
    assert (await call("ada", "review", "list")).stdout == "No review is open.\n"
    assert (await call("bo", "review", "show", "nothing", code=1)).stderr.startswith("Nothing was handed in")


async def test_the_queue_from_the_command_line(server: HubServer, call: Call, tmp_path: Path) -> None:
    assert (await call("bo", "reviews")).stdout == "Nothing waits for review.\n"
    first = await hand_in(server, call, tmp_path, "ada", "def f():\n    return 1\n", "failed")
    await call("ada", "review", "ask", EXERCISE, "I am stuck in line 2", "--private")
    listed = (await call("bo", "reviews")).stdout
    assert f"{first[:8]}  just now  Ada  {EXERCISE}" in listed and "stuck" not in listed and "(private)" in listed
    assert "claimed it see this submission" in (await call("bo", "approve", first, code=1)).stderr
    await call("orga", "review", "show", first, code=1)
    assert f"review show {first[:8]}" in (await call("bo", "claim", first[:6])).stdout
    assert "I am stuck in line 2" in (await call("bo", "review", "show", first)).stdout
    await call("bo", "comment", first, "Mask it.", "--line", "2")
    await call("bo", "ask-again", first, "Mask the scores.")
    shown = (await call("ada", "review", "show", EXERCISE)).stdout
    assert "Bo has asked Ada for changes, private" in shown and "Bo: Mask the scores." in shown
    assert "| Bo: Mask it." in shown
    second = await hand_in(server, call, tmp_path, "ada", "def f():\n    return 2\n", "failed")
    (waits,) = data(await call("bo", "reviews", "--json"))["reviews"]
    assert (waits["submission"], waits["reviewer_name"], waits["follows"]) == (second, "Bo", first)
    await call("bo", "release", second)
    await call("bo", "claim", second)
    assert "Ada will see it" in (await call("bo", "approve", second, "Well done.")).stdout
    assert "approved by Bo" in (await call("ada", "review", "show", second)).stdout
    number = data(await call("bo", "review", "show", second, "--json"))["review"]["answer"]["seq"]
    await call("bo", "review", "take-back", second, str(number))
    assert "Bo: (removed)" in (await call("ada", "review", "show", second)).stdout
    assert "No review matches" in (await call("bo", "claim", "nothing", code=1)).stderr


async def test_devices_and_leaving_from_the_command_line(call: Call, tmp_path: Path) -> None:
    assert "fromscratch join fromscratch+join:" in (await call("ada", "link")).stdout
    invite = data(await call("ada", "link", "--json"))["invite"]
    known = await join(invite, "Ada", tmp_path / "laptop" / "cowork")
    first, second = data(await call("ada", "devices", "--json"))["devices"]
    assert (first["this"], second["this"]) == (True, False)
    assert f"{first['id']}  since" in (await call("ada", "devices")).stdout
    assert "this device" in (await call("laptop", "devices")).stdout
    assert "can no longer sign in" in (await call("ada", "remove-device", second["id"])).stdout
    assert "This device was removed" in (await call("laptop", "devices", code=1)).stderr
    await call("ada", "say", "swordfish")
    assert "You have left" not in (await call("ada", "leave", code=1)).stdout, "it asks first"
    left = await call("ada", "leave", "--delete-my-data", "--yes")
    assert left.stdout == f"You have left {known.title}. Everything that you wrote and handed in there is deleted.\n"
    assert "You have not joined a hub yet" in (await call("ada", "read", code=2)).stderr
    read = (await call("bo", "read")).stdout
    assert "swordfish" not in read and "Ada" not in read
    assert "Everything that they wrote" in (await call("orga", "remove", "Bo", "--delete-data")).stdout
    assert "somebody who left  member" in (await call("orga", "members")).stdout


async def test_the_verbs_of_organisers(
    server: HubServer, call: Call, tmp_path: Path, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = next(iter(styles(course.exercise("gpt-model")).values()))
    await hand_in(server, call, tmp_path, "ada", source.decode(), "passed")
    for n in range(3):
        await hand_in(server, call, tmp_path, "bo", disguise(source).decode() + f"# {n}\n", "failed")
    shown = (await call("orga", "cohort")).stdout
    assert "Causal attention: Bo (3 tries); 1 passed" in shown and "1 in Causal attention: No mask." in shown
    assert data(await call("orga", "cohort", "--json"))["cohort"]["stuck"][0]["people"] == 1
    await call("ada", "cohort", code=1)

    files = tmp_path / "all.csv", tmp_path / "all.json"
    await call("orga", "export", "--csv", str(files[0]), "--json", str(files[1]))
    assert tuple(from_csv(files[0].read_bytes().decode())[0]) == ExportRow.__struct_fields__
    assert json.loads(files[1].read_text())["version"] == 1
    monkeypatch.setattr(cohort_requests, "PIECE_SIZE", files[0].stat().st_size // (FRAME_BURST + 5))
    assert (await call("orga", "export", "--csv", "-")).stdout_bytes == files[0].read_bytes(), "not sent too fast"
    await call("orga", "export", code=2)
    await call("orga", "export", "--csv", str(tmp_path / "no" / "such.csv"), code=2)

    alike = await call("orga", "similar", EXERCISE)
    assert "Ada and Bo" in alike.stdout and "worth looking at together" in alike.stdout
    (report,) = data(await call("orga", "similar", EXERCISE, "--json"))["reports"]
    assert report["pairs"][0]["alike"] > 0.9
    assert "Ada and Bo" in (await call("orga", "similar")).stdout
    await call("orga", "similar", "no-such-exercise", code=1)


async def test_webhooks_from_the_command_line(server: HubServer, call: Call) -> None:
    url = "http://127.0.0.1:9/secret-path"  # nothing listens there
    await server.hub.webhooks.allow(["127.0.0.1:9"])
    added = data(await call("orga", "webhook", "add", url, "--kind", "pass", "--in", "lobby", "--json"))
    listed = (await call("orga", "webhook", "list")).stdout
    assert added["id"] in listed and "127.0.0.1:9" in listed and "secret-path" not in listed
    assert "not reached" in (await call("orga", "webhook", "test", added["id"], code=1)).stdout
    await call("orga", "webhook", "add", "http://example.org/", code=1)
    await call("ada", "webhook", "list", code=1)
    await call("orga", "webhook", "remove", added["id"])
    assert (await call("orga", "webhook", "list")).stdout == "None.\n"
