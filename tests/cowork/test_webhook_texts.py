"""The sentences that webhooks post, and what Discord shows of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from cowork import time_zones
from cowork.hub.webhook_payloads import discord, escaped, webhook_event
from cowork.permissions import HUB, Member
from cowork.rooms.assignments import AssignExercises, WithdrawAssignments
from cowork.rooms.base import Event
from cowork.rooms.chat import SendMessage
from cowork.rooms.meeting_series import CutSeries, PlanSeries
from cowork.rooms.meetings import Meetings, PlanMeeting
from cowork.rooms.recurrence import Rule
from cowork.rooms.reminders import SendReminders
from cowork.rooms.review import RequestReview
from cowork.rooms.submissions import Graded, RecordVerdict
from exercises.load import load_course
from tests.support.rooms import ANNA, BEN, ORGA, RoomPair


def told(pair: RoomPair, by: Member, *commands: Any) -> list[str]:
    """The events that a webhook posts for commands."""
    says = []
    for command in commands:
        for fact in pair.do(by, command):
            one = webhook_event(pair.hub, Event(pair.hub.seq, pair.now, by.id, by.name, "c", fact))
            says.append("" if one is None else one.says)
    return says


def test_what_is_told() -> None:
    pair = RoomPair()
    failed = pair.hand_in(ANNA, "causal-attention", b"1", None)
    passed = pair.hand_in(BEN, "causal-attention", b"2", None)
    assert told(pair, HUB, RecordVerdict(Graded(failed, "failed"))) == [""]
    assert told(pair, HUB, RecordVerdict(Graded(passed, "passed"))) == ["Ben has passed Causal attention."]
    assert told(pair, ANNA, RequestReview(failed, "Why?\nI wonder.")) == [
        "Anna asks for a review of Causal attention: Why? I wonder."
    ]
    assert told(pair, ORGA, PlanMeeting(pair.now + 60, title="Month 3")) == ["Meeting planned: Month 3"]
    series = PlanSeries(Rule(weeks=2), "1970-01-02T18:00", "UTC", times=3, title="Owls")
    assert told(pair, ORGA, series) == ["Meetings planned: Owls (every 2 weeks, 3 meetings)"]
    last = list(pair.hub[Meetings].all)[-1]
    assert told(pair, ORGA, CutSeries(last)) == ["Meetings cancelled: Owls (every 2 weeks, 1 meeting)"]
    pair.now = time_zones.at_time("UTC", date(2026, 11, 20))
    split, vocab = "word-split", "build-vocab"
    assert told(pair, ORGA, AssignExercises((split, vocab), "2026-11-26")) == [
        "Orga assigns exercises, due 2026-11-26: Split a text into words; Give each token a number"
    ]
    assert told(pair, ORGA, AssignExercises((split,), "2026-11-24")) == [
        "Orga changes the date of assignments, due 2026-11-24: Split a text into words"
    ]
    assert told(pair, ORGA, WithdrawAssignments((split,))) == ["Orga withdraws assignments: Split a text into words"]
    month = tuple(exercise.id for exercise in load_course().exercises[:8])
    (long,) = told(pair, ORGA, AssignExercises(month, "2026-11-27"))
    assert long.endswith("; 3 more") and long.count(";") == 5
    assert told(pair, ORGA, PlanMeeting(pair.now + 7 * 86_400, title="Owls")) == ["Meeting planned: Owls"]
    pair.now = time_zones.at_time("UTC", date(2026, 11, 26), 10)
    reminders = told(pair, HUB, SendReminders())
    assert reminders == [
        "Reminder of assignments, due 2026-11-26: Give each token a number",
        long.replace("Orga assigns exercises", "Reminder of assignments"),
        "Reminder: Owls",
    ]
    assert told(pair, BEN, SendMessage("x" * 1_000)) == [f"Ben: {'x' * 299}…"]


def test_discord_shows_text_and_obeys_none_of_it() -> None:
    pair = RoomPair()
    pair.do(
        Member("e", "@everyone", "member"), SendMessage("**[free](https://x.example)** <@1> `code` # :tada:\n> quote")
    )
    event: Event[Any] = Event(
        1, 0.0, "e", "@everyone", "c", pair.do(BEN, SendMessage("@everyone *look* https://x.example"))[0]
    )
    one = webhook_event(pair.hub, event)
    assert one is not None
    made = discord([one] * 50)
    assert made["allowed_mentions"] == {"parse": []}
    assert len(made["content"]) <= 2_000
    assert r"\@everyone \*look\* https\:\/\/x\.example" in made["content"]
    assert made["content"].splitlines()[-1].startswith("… and ")
    assert escaped("<@1> ~~x~~ ||y|| 1. a") == r"\<\@1\> \~\~x\~\~ \|\|y\|\| 1\. a"
    assert msgspec.json.decode(msgspec.json.encode(made)) == made
