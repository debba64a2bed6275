"""News: what concerns one member in a room, each thing once, and nothing that was removed or that they did."""

from __future__ import annotations

import pytest

from cowork.permissions import HUB, Member
from cowork.rooms.assignments import AssignExercises, WithdrawAssignments
from cowork.rooms.break_it import AttemptFinished, RecordAttempt, TryInput
from cowork.rooms.chat import RetractMessage, SendMessage
from cowork.rooms.live_meeting import AskQuestion
from cowork.rooms.meanwhile import passed_exercises, unseen_news
from cowork.rooms.meeting_notes import WriteNotes
from cowork.rooms.meeting_series import PlanSeries
from cowork.rooms.meetings import CancelMeeting, Meetings, PlanMeeting
from cowork.rooms.mentoring import ApproveSubmission, AskForChanges, ClaimReview
from cowork.rooms.news import News, Reader
from cowork.rooms.recurrence import Rule
from cowork.rooms.reminders import SendReminders
from cowork.rooms.review import AddComment, RequestReview
from tests.support.rooms import ANNA, BEN, CLEO, GUEST, ORGA, SOON, RoomPair

NAMES = frozenset({"Anna", "Ben", "Cleo", "Orga", "Gus"})
SOFTMAX, NORM = "stable-softmax", "layer-norm"
DAY = 86_400.0


def news(pair: RoomPair, member: Member = ANNA, seen: frozenset[int] = frozenset()) -> list[News]:
    passed = passed_exercises([pair.client], member.id)
    return unseen_news(pair.client, Reader(member, pair.now, NAMES, passed, seen))


def says(pair: RoomPair, member: Member = ANNA) -> list[str]:
    return [each.says for each in news(pair, member)]


def see(pair: RoomPair, member: Member = ANNA) -> frozenset[int]:
    """Everything that the member has been shown."""
    return frozenset(seq for each in news(pair, member) for seq in (each.seq, *each.covers))


def test_mentions_and_replies_in_the_chat() -> None:
    pair = RoomPair()
    pair.do(ANNA, SendMessage("I, @Anna, say hello to @ben."))
    pair.do(BEN, SendMessage("Hello", reply_to=1))
    pair.do(CLEO, SendMessage("```\n@Anna\n```\nHave a look, @anna."))
    pair.do(CLEO, SendMessage("Nobody in particular"))
    assert says(pair) == ["Cleo mentioned you", "Ben replied to you"]
    assert [(each.kind, each.page, each.target, each.quote) for each in news(pair)] == [
        ("mention", "chat", 3, "@Anna"), ("reply", "chat", 2, "Hello")
    ]  # fmt: skip
    assert says(pair, BEN) == ["Anna mentioned you"]
    assert news(pair, seen=frozenset({3}))[0].says == "Ben replied to you"
    pair.do(CLEO, RetractMessage(3))
    assert says(pair) == ["Ben replied to you"], "a removed message mentions nobody"
    pair.now += 31 * DAY
    assert says(pair) == [], "old news"


def test_mentions_in_questions_and_notes_each_once() -> None:
    pair = RoomPair()
    meeting = pair.plan(title="Attention")
    pair.do(BEN, AskQuestion(meeting.id, "@Anna, why the mask?"))
    pair.do(BEN, WriteNotes(meeting.id, 0, "@Anna presents."))
    pair.do(CLEO, WriteNotes(meeting.id, 1, "@Anna presents.\nThen lunch."))
    pair.do(CLEO, WriteNotes(meeting.id, 2, "@Anna presents.\nThen lunch with @Anna."))
    pair.do(ANNA, WriteNotes(meeting.id, 3, "@Anna @Anna @Anna"))
    found = [each for each in news(pair) if each.kind == "mention"]
    assert [each.says for each in found] == [
        "Cleo mentioned you in the notes of Attention", "Ben mentioned you in the notes of Attention",
        "Ben mentioned you in Attention",
    ]  # fmt: skip
    assert len({each.seq for each in found}) == 3


def test_reviews_of_my_work_and_reviews_that_i_am_asked_for() -> None:
    pair = RoomPair()
    id = pair.hand_in(ANNA, SOFTMAX, b"x = 1\ny = 2", "failed")
    pair.do(ANNA, RequestReview(id, "What is wrong?"))
    assert says(pair) == []
    assert [(each.says, each.page, each.target, each.quote) for each in news(pair, BEN)] == [
        ("Anna asks for a review of Stable softmax", "review", id, "What is wrong?")
    ]  # fmt: skip
    assert news(pair, GUEST) == [], "who may not see the source is not asked"
    pair.do(BEN, AddComment(id, "This line.", line=2))
    (first,) = news(pair)
    assert (first.says, first.line) == ("Ben commented on your Stable softmax, line 2", 2)
    pair.do(CLEO, AddComment(id, "And this.", line=1))
    (both,) = news(pair)
    assert both.says == "Cleo and 1 more commented on your Stable softmax (2 comments)"
    assert news(pair, seen=frozenset(both.covers)) == []
    pair.do(ANNA, AddComment(id, "Thanks @Cleo", thread=first.seq))
    assert says(pair, BEN)[0] == "Anna commented on Anna's Stable softmax, line 2", "an answer in his thread"
    assert "Anna commented on Anna's Stable softmax, line 2" in says(pair, CLEO), "a mention"


def test_the_queue_of_reviews() -> None:
    pair = RoomPair()
    id = pair.hand_in(ANNA, SOFTMAX, b"x = 1", "failed")
    pair.do(ANNA, RequestReview(id, "Only for you", private=True))
    (asked,) = news(pair, BEN)
    assert (asked.says, asked.quote) == ("Anna asks for a review of Stable softmax", "")
    pair.do(BEN, ClaimReview(id))
    assert says(pair, CLEO) == [], "somebody else has claimed it"
    pair.do(BEN, AddComment(id, "The secret", line=1))
    (comment,) = news(pair)
    assert (comment.says, comment.quote) == ("Ben commented on your Stable softmax, line 1", "")
    assert says(pair, CLEO) == says(pair, ORGA) == [], "private"
    pair.do(BEN, AskForChanges(id, "Subtract the maximum."))
    assert says(pair)[0] == "Ben asks for changes to your Stable softmax"
    again = pair.hand_in(ANNA, SOFTMAX, b"x = 2", "failed")
    assert says(pair, BEN) == ["Anna hands in a new version of Stable softmax"]
    pair.do(BEN, ApproveSubmission(again))
    assert says(pair)[0] == "Ben approved your Stable softmax" and says(pair, BEN) == []


def test_a_series_is_one_entry() -> None:
    pair = RoomPair(now=0.0)
    pair.do(ORGA, PlanSeries(Rule(weeks=1), "1970-01-05T18:00", "UTC", times=4, title="Reading"))
    (planned,) = news(pair)
    assert planned.says.startswith("Orga planned Reading") and planned.says.endswith("and 3 more")
    first = min(pair.client[Meetings].all.values(), key=lambda meeting: meeting.starts)
    pair.now = first.starts - 3_600
    pair.do(HUB, SendReminders())
    rows = news(pair, seen=frozenset({planned.seq}))
    assert [each.says for each in rows] == [f"{first.title} starts soon"]


def test_code_that_was_broken() -> None:
    pair = RoomPair()
    id = pair.hand_in(ANNA, SOFTMAX, b"x = 1", "failed")
    for member, columns, outcome in ((BEN, 2, "survived"), (BEN, 3, "broke"), (ANNA, 4, "broke")):
        (fact,) = pair.do(member, TryInput(id, "output", {"columns": columns}))
        pair.do(HUB, RecordAttempt(AttemptFinished(fact.attempt, outcome, smallest={"columns": columns})))
    assert [(each.says, each.quote, each.page, each.target) for each in news(pair)] == [
        ("Ben broke your Stable softmax", "output(columns=3)", "breaks", id)
    ]  # fmt: skip
    assert says(pair, BEN) == []


def test_a_meeting_is_one_row_however_often_it_changes() -> None:
    pair = RoomPair(now=SOON - 5 * DAY)
    meeting = pair.plan(title="Attention")
    assert says(pair) == ["Orga planned Attention"] and says(pair, ORGA) == []
    seen = see(pair)
    pair.do(ORGA, PlanMeeting(SOON + 3_600, title="Attention", meeting=meeting.id))
    (moved,) = news(pair, seen=seen)
    assert (moved.says, moved.starts) == ("Orga moved Attention", SOON + 3_600)
    assert len(news(pair)) == 1, "who was away sees only the last change"
    pair.now = SOON - DAY + 7_200
    pair.do(HUB, SendReminders())
    for member in (ANNA, ORGA):
        (soon,) = news(pair, member)
        assert soon.says == "Attention starts soon"
    assert news(pair, seen=see(pair)) == []
    pair.do(ORGA, CancelMeeting(meeting.id))
    assert says(pair) == ["Orga cancelled Attention"]
    pair.now = SOON + DAY
    assert says(pair) == [], "it is over"


def test_assignments_and_their_reminder() -> None:
    pair = RoomPair(now=DAY * 100)  # 1970-04-11
    pair.do(ORGA, AssignExercises((SOFTMAX, NORM), "1970-04-20", "UTC"))
    (assigned,) = news(pair)
    assert assigned.says == "Orga assigned “Stable softmax” and “Layer norm”"
    assert (assigned.page, assigned.target, assigned.due, assigned.zone) == ("", SOFTMAX, "1970-04-20", "UTC")
    assert news(pair, ORGA) == [] and news(pair, GUEST) == [], "guests hand nothing in"
    seen = see(pair)
    pair.do(ORGA, AssignExercises((NORM,), "1970-04-25"))
    assert [each.says for each in news(pair, seen=seen)] == ["Orga changed the date of “Layer norm”"]
    pair.hand_in(ANNA, NORM, b"x = 1")
    assert news(pair, seen=seen) == [], "passed already"
    pair.now = DAY * 108 + 12 * 3_600
    pair.do(HUB, SendReminders())
    (reminder,) = news(pair)
    assert reminder.says == "Reminder: “Stable softmax”" and set(reminder.covers) >= {1, reminder.seq}
    assert news(pair, seen=frozenset(reminder.covers)) == []
    pair.do(ORGA, WithdrawAssignments((SOFTMAX,)))
    assert [each.says for each in news(pair, seen=seen)] == ["Orga withdrew “Stable softmax”"]
    assert says(pair, BEN) == ["Orga changed the date of “Layer norm”"], "who did not see it needs no withdrawal"


@pytest.mark.parametrize("member", [ANNA, ORGA, GUEST])
def test_nothing_concerns_who_did_it_all(member: Member) -> None:
    pair = RoomPair()
    pair.do(member, SendMessage(f"@{member.name} talks to @{member.name}"))
    assert news(pair, member) == []
