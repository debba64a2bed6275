"""`fromscratch join` and `fromscratch cowork` with a real hub: input, output and exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cowork.frames import RoomCard
from cowork.permissions import HUB
from cowork.rooms.submissions import Graded, RecordVerdict, Submission, Submissions
from tests.support.command_line import run_python
from tests.support.cowork_user import User
from tests.support.hub_thread import HubThread, hub_in_thread
from tests.support.waiting import until

SOURCE = "def stable_softmax(x):\n    return x\n"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubThread]:
    with hub_in_thread(tmp_path_factory.mktemp("hub"), rooms=("lobby", "attic")) as hub:
        yield hub


NewUser = Callable[..., User]


@pytest.fixture
def new_user(hub: HubThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NewUser:
    def create(name: str | None = None, role: str = "member", *rooms: str) -> User:
        user = User(tmp_path / (name or "new"), monkeypatch)
        if name is not None:
            user("join", hub.invite(role, rooms), "--name", name, "--no-app")
        return user

    return create


def test_without_a_hub_the_message_says_how_to_join(new_user: NewUser) -> None:
    user = new_user()
    assert "fromscratch join INVITE" in user.cowork("say", "hello", code=2)
    assert "fromscratch join INVITE" in user.cowork("hubs")
    assert user.data("hubs")["hubs"] == []


def test_an_invite_is_an_argument_or_standard_input(hub: HubThread, new_user: NewUser) -> None:
    ada, ben = new_user(), new_user("Ben")
    text = hub.invite("member")
    broken = f"> {text[:50]}\n> {text[50:90]}\n> {text[90:]}"
    joined = json.loads(ada("join", "--name", "Ada", "--json", keys=broken).stdout)
    assert joined["name"] == "Ada" and joined["title"] == "a hub under test"
    assert ada.data("hubs")["hubs"][0]["hub"] == joined["hub"]
    again = ben("join", *broken.split(), "--name", "Benjamin")  # split by the shell; a member keeps their name
    assert "You have joined a hub under test as Ben" in again.output
    wrong = text[:40] + ("a" if text[40] != "a" else "b") + text[41:]
    assert "mistyped" in ada("join", wrong, "--name", "A", code=1).output
    assert "not an invite" in ada("join", "hello", "--name", "A", code=1).output


def test_others_read_messages(new_user: NewUser) -> None:
    ada, ben = new_user("Ada L"), new_user("Ben L")
    assert ada.data("say", "hello", "[red]all")["queued"] is False
    ada.cowork("say", "-", keys="two\nlines \x1b[31mred\n")
    messages = ben.data("read")["messages"]
    hello = next(message for message in messages if message["text"] == "hello [red]all")
    assert hello["name"] == "Ada L"
    ben.cowork("say", "--reply", str(hello["seq"]), "hi", "Ada")
    ben.cowork("react", str(hello["seq"]), "bravo")
    shown = ada.cowork("read")
    assert "Ada L: hello [red]all" in shown and "🎉 Ben L" in shown
    assert f"Ben L (to {hello['seq']}): hi Ada" in shown
    assert "\x1b" not in shown and "lines red" in shown
    assert [message["text"] for message in ada.data("search", "HELLO", "ada")["messages"]] == ["hello [red]all"]
    assert [message["text"] for message in ada.data("read", "-n", "1")["messages"]] == ["hi Ada"]
    assert "no message 999" in ada.cowork("take-back", "999", code=1)
    refused = ben.data("take-back", str(hello["seq"]), code=1)
    assert refused["refused"] == "not allowed"
    ada.cowork("take-back", str(hello["seq"]))
    assert ben.data("read", "--since", str(hello["seq"] - 1))["messages"][0]["taken_back"]


def test_rooms_are_found_by_a_part_of_their_title(new_user: NewUser) -> None:
    ada = new_user("Ada R")
    assert [room["id"] for room in ada.data("rooms")["rooms"]][:2] == ["lobby", "attic"]
    ada.cowork("say", "--room", "ATT", "up here")
    assert [message["text"] for message in ada.data("read", "--room", "attic")["messages"]] == ["up here"]
    assert "Lobby" in ada.cowork("read", "--room", "cellar", code=2)
    assert "organiser" in ada.cowork("rooms", "--add", "Cellar", code=1)
    olga = new_user("Olga R", "organiser")
    assert "Cellar" in olga.cowork("rooms", "--add", "Cellar")
    ada.cowork("say", "--room", "Cellar", "down here")


def test_an_organiser_invites_and_manages_members(new_user: NewUser) -> None:
    olga, ada = new_user("Olga", "organiser"), new_user("Ada M")
    assert "organiser" in ada.cowork("invite", code=1)
    guest = new_user()
    guest("join", olga.cowork("invite", "--role", "guest", "--room", "attic").strip(), "--name", "Gus", "--no-app")
    assert [room["id"] for room in guest.data("rooms")["rooms"]] == ["attic"]
    roles = {each["member"]["name"]: each["member"]["role"] for each in olga.data("members")["members"]}
    assert roles["Gus"] == "guest" and roles["Ada M"] == "member"
    olga.cowork("role", "ada m", "organiser")
    ada.cowork("members")
    olga.cowork("remove", "Ada M")
    assert "removed you" in ada.cowork("read", code=1)
    olga.cowork("remove", "Ada M", "--undo")
    ada.cowork("read")
    assert "No member is called" in olga.cowork("remove", "Zoe", code=2)


def test_invites_are_listed_and_revoked(new_user: NewUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    olga = new_user("Olga I", "organiser")
    made = olga.data("invite", "--uses", "3", "--for", "the \x1b[31mTuesday group")
    ida = new_user()
    ida("join", made["invite"], "--name", "Ida", "--no-app")
    listed = next(each for each in olga.data("invites")["invites"] if each["id"] == made["id"])
    assert (listed["by"], listed["label"], listed["left"], listed["total"]) == ("Olga I", "the Tuesday group", 2, 3)
    assert listed["used_by"][0].startswith("Ida")
    assert "2 of 3 left" in olga.cowork("invites")
    assert "Only an organiser" in ida.cowork("invites", code=1)
    late = User(tmp_path / "late", monkeypatch)
    olga.cowork("revoke", made["id"])
    assert "revoked" in olga.cowork("invites")
    assert "used up, revoked or expired" in late("join", made["invite"], "--name", "Late", code=1).output
    assert "no invite" in olga.cowork("revoke", "12345678", code=1)


def test_a_member_leaves_the_leagues_of_all_rooms_and_comes_back(new_user: NewUser) -> None:
    ada = new_user("Ada U")
    assert "No submission has been raced" in ada.cowork("league") and ada.data("league")["listed"]
    assert "no longer listed" in ada.cowork("league", "--unlisted")
    assert not ada.data("league", "--room", "attic")["listed"]
    assert "--listed lists you again" in " ".join(ada.cowork("league").replace("`", "").split())
    ada.cowork("league", "--listed", "--room", "attic")
    assert ada.data("league", "--room", "attic")["listed"] and not ada.data("league", "--room", "lobby")["listed"]
    assert "not" in new_user("Gus U", "guest", "lobby").cowork("league", "--unlisted", code=1)


def test_people_and_the_timer(new_user: NewUser) -> None:
    ada = new_user("Ada T")
    assert "Ada T" in [person["name"] for person in ada.data("people")["people"]]
    assert "No timer" in ada.cowork("timer")
    assert re.search(
        r"Round 1 of 2: focus, 9:\d\d left", ada.cowork("timer", "start", "--focus", "10", "--rounds", "2")
    )
    assert "is already running here" in ada.cowork("timer", "start", code=1)
    assert "paused" in ada.cowork("timer", "pause")
    assert ada.data("timer")["timer"]["paused"] is True
    ada.cowork("timer", "resume")
    assert "No timer" in ada.cowork("timer", "stop")


def test_follow_prints_new_messages(new_user: NewUser) -> None:
    ada, ben = new_user("Ada F"), new_user("Ben F")
    ada.cowork("say", "--room", "attic", "before")
    environment = os.environ | {"FROMSCRATCH_DATA": str(ben.home), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "tui", "cowork", "read", "--follow", "--json", "--room", "attic", "-n", "1"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["text"] == "before"
        ada.cowork("say", "--room", "attic", "one\ntwo \u202e")
        assert json.loads(process.stdout.readline())["text"] == "one\ntwo"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def test_co_work_never_imports_torch() -> None:
    modules = "cowork.client.session, cowork.client.connection, cowork.hub.hosting, tui.cli.cowork.work, tui.cli.join"
    code = f"import sys, {modules}; print([name for name in ('torch', 'numpy', 'reference') if name in sys.modules])"
    assert run_python(code).stdout == "[]\n"


@pytest.mark.parametrize("outcome", ["passed", "failed"])
def test_hand_in_waits_for_the_hubs_verdict(hub: HubThread, new_user: NewUser, tmp_path: Path, outcome: str) -> None:
    ada = new_user(f"Ada {outcome}")
    source = tmp_path / "softmax.py"
    source.write_text(SOURCE + f"# {outcome}")
    judging = threading.Thread(target=judge, args=(hub, outcome))
    judging.start()
    output = ada.cowork("hand-in", "stable-softmax", "--source", str(source), code=0 if outcome == "passed" else 1)
    judging.join()
    assert ("✓ passed (3 of 3)" in output) == (outcome == "passed")
    again = ada.data("hand-in", "stable-softmax", "--source", str(source), code=0 if outcome == "passed" else 1)
    assert again["outcome"] == outcome, "the same source already has its verdict"
    board = ada.data("board")["board"]
    mine = next(row for row in board["rows"] if row["name"] == f"Ada {outcome}")
    assert [cell["state"] for cell in mine["cells"]] == ["passed" if outcome == "passed" else "tried"]
    assert ("✓" if outcome == "passed" else "✗") in ada.cowork("board")


def test_hand_in_goes_to_the_room_of_the_exercises_month(hub: HubThread, new_user: NewUser, tmp_path: Path) -> None:
    source = tmp_path / "split.py"
    source.write_text("x = 1\n")
    hub.run(hub.server.hub.add_room(RoomCard("month-2", "Text data", "month-2")))
    ada = new_user("Ada of month 2")
    ada.cowork("hand-in", "word-split", "--source", str(source), "--no-wait")
    ada.cowork("hand-in", "word-split", "--source", str(source), "--no-wait", "--room", "attic")
    ada.cowork("hand-in", "layer-norm", "--source", str(source), "--no-wait")  # its month has no room here
    for room, exercises in {"lobby": ["layer-norm"], "attic": ["word-split"], "month-2": ["word-split"]}.items():
        submissions = hub.run(hub.server.hub.ledger.room(room))[Submissions].all.values()
        assert [each.exercise for each in submissions if each.name == "Ada of month 2"] == exercises


def test_a_board_of_no_month_is_an_error(new_user: NewUser) -> None:
    output = new_user("Ada of no month").cowork("board", "--month", "month-99", code=2)
    assert "There is no month 'month-99'. Choose one of: month-1, " in output


def judge(hub: HubThread, outcome: str) -> None:
    """Records a verdict for the first submission that waits, as the hub does."""

    async def verdict() -> None:
        ledger = hub.server.hub.ledger

        async def waiting() -> list[Submission]:
            return (await ledger.room("lobby"))[Submissions].waiting()

        submission, *_ = await until(waiting, "a submission waits")
        graded = Graded(submission.id, outcome, "Says why.", passed_checks=3 if outcome == "passed" else 1, checks=3)
        await ledger.execute(HUB, "lobby", submission.id, RecordVerdict(graded))

    hub.run(verdict())


def test_messages_are_queued_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = User(tmp_path / "ada", monkeypatch)
    with hub_in_thread(tmp_path / "hub") as hub:
        ada("join", hub.invite("member"), "--name", "Ada", "--no-app")
        port = hub.port
    assert ada.data("say", "kept")["queued"] is True
    assert "It is kept" in ada.cowork("say", "kept as well")
    assert "cannot be reached" in ada.cowork("read", code=1)
    with hub_in_thread(tmp_path / "hub", port=port):
        ada.cowork("say", "and now")
        assert [message["text"] for message in ada.data("read")["messages"]] == ["kept", "kept as well", "and now"]
