"""A meeting while it goes on: start, attendance, questions with votes, key insights, end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cowork import sanitize
from cowork.permissions import ENTER, EVERYBODY, MEMBERS, TAKE_BACK, Member, Right, can, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Room
from cowork.rooms.meeting_state import Entry, Meeting, Participant
from cowork.rooms.meetings import ORGANISE, PRESENT, MeetingFact, Meetings

ASK = Right("question", EVERYBODY)
VOTE = Right("vote", EVERYBODY)
NOTE_INSIGHT = Right("insight", MEMBERS)
MAX_TEXT = 1_000  # characters of a question or an insight
MAX_ENTRIES = 200  # questions, and insights, of one meeting
MAX_PARTICIPANTS = 1_000


class MeetingStarted(MeetingFact, frozen=True, tag="meeting began"):
    present: tuple[Participant, ...] = ()

    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        meeting.started, meeting.ended = event.at if meeting.started is None else meeting.started, None
        for participant in self.present:
            meeting.attended.setdefault(participant.member, participant.name)

    def without(self, member: str) -> Fact:
        return MeetingStarted(self.meeting, tuple(each for each in self.present if each.member != member))


class MeetingClosed(MeetingFact, frozen=True, tag="meeting closed"):
    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        meeting.ended = event.at


class MemberAttended(MeetingFact, frozen=True, tag="attended"):
    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        meeting.attended[event.by] = event.name


class StartMeeting(Command, frozen=True, tag="start meeting"):
    """Starts a meeting, or reopens a closed one; `present` are the people whom the organiser sees in the room."""

    lasting = False
    meeting: str
    present: tuple[Participant, ...] = ()

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, ORGANISE, room.id)
        meeting = room[Meetings].find(self.meeting)
        if meeting.cancelled:
            raise Refusal("over", "This meeting was cancelled. Plan it again first.")
        if len(self.present) > MAX_PARTICIPANTS:
            raise Refusal("too large", f"A meeting has at most {MAX_PARTICIPANTS} participants.")
        if meeting.goes_on:
            return []
        present = tuple(
            Participant(person.member[:64], sanitize.line(person.name, sanitize.MAX_NAME, "A name"))
            for person in self.present
        )
        return [MeetingStarted(meeting.id, present)]


class CloseMeeting(Command, frozen=True, tag="close meeting"):
    lasting = False
    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, ORGANISE, room.id)
        meeting = room[Meetings].find(self.meeting)
        if meeting.started is None:
            raise Refusal("early", "This meeting has not started.")
        return [] if meeting.ended is not None else [MeetingClosed(meeting.id)]


class AttendMeeting(Command, frozen=True, tag="attend"):
    """Records the member as present while the meeting goes on."""

    lasting = False
    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, ENTER, room.id)
        meeting = room[Meetings].find(self.meeting)
        if not meeting.goes_on:
            raise Refusal("early", "This meeting is not in progress.")
        return [] if by.id in meeting.attended else [MemberAttended(meeting.id)]


class QuestionAsked(MeetingFact, frozen=True, tag="question raised"):
    text: str

    def erased(self) -> Fact:
        return QuestionAsked(self.meeting, "")

    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        if not self.text:  # it was removed
            return
        meeting.questions[event.seq] = Entry.of(event, self.text)


class VoteChanged(MeetingFact, frozen=True, tag="voted"):
    question: int
    up: bool

    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        if (question := meeting.questions.get(self.question)) is not None:
            (question.votes.add if self.up else question.votes.discard)(event.by)


class QuestionMarked(MeetingFact, frozen=True, tag="question marked"):
    question: int
    answered: bool

    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        if (question := meeting.questions.get(self.question)) is not None:
            question.answered = self.answered


class InsightNoted(MeetingFact, frozen=True, tag="insight noted"):
    text: str

    def erased(self) -> Fact:
        return InsightNoted(self.meeting, "")

    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        if not self.text:  # it was removed
            return
        meeting.insights[event.seq] = Entry.of(event, self.text)


class EntryRemoved(MeetingFact, frozen=True, tag="line removed"):
    """A question or an insight was removed."""

    line: int

    def erases(self) -> Sequence[int]:
        return (self.line,)

    def change(self, meeting: Meeting, event: Event[Any]) -> None:
        meeting.questions.pop(self.line, None)
        meeting.insights.pop(self.line, None)


class AskQuestion(Command, frozen=True, tag="raise question"):
    meeting: str
    text: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, ASK, room.id)
        meeting = room[Meetings].find(self.meeting)
        _limit_entries(meeting.questions, "questions")
        return [QuestionAsked(meeting.id, sanitize.message(self.text, MAX_TEXT, "A question"))]


class Vote(Command, frozen=True, tag="vote"):
    """Votes for a question, once per member; `up` False withdraws the vote."""

    meeting: str
    question: int
    up: bool = True

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, VOTE, room.id)
        question = _question(room[Meetings].find(self.meeting), self.question)
        voted = by.id in question.votes
        return [] if voted == self.up else [VoteChanged(self.meeting, self.question, self.up)]


class MarkQuestion(Command, frozen=True, tag="mark answered"):
    """Marks a question as answered or open. Its author, the presenter and organisers may do so."""

    meeting: str
    question: int
    answered: bool = True

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        meeting = room[Meetings].find(self.meeting)
        question = _question(meeting, self.question)
        presents = meeting.presenter is not None and meeting.presenter.member == by.id
        if not (presents and can(by, PRESENT, room.id)):
            require(by, TAKE_BACK, room.id, question.by)
        if question.answered == self.answered:
            return []
        return [QuestionMarked(self.meeting, self.question, self.answered)]


class NoteInsight(Command, frozen=True, tag="note insight"):
    meeting: str
    text: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, NOTE_INSIGHT, room.id)
        meeting = room[Meetings].find(self.meeting)
        _limit_entries(meeting.insights, "insights")
        return [InsightNoted(meeting.id, sanitize.message(self.text, MAX_TEXT, "An insight"))]


class RemoveEntry(Command, frozen=True, tag="remove line"):
    """Removes a question or an insight. Members remove their own, organisers any."""

    meeting: str
    line: int

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        meeting = room[Meetings].find(self.meeting)
        entry = meeting.questions.get(self.line) or meeting.insights.get(self.line)
        if entry is None:
            return []
        require(by, TAKE_BACK, room.id, entry.by)
        return [EntryRemoved(meeting.id, self.line)]


def _question(meeting: Meeting, seq: int) -> Entry:
    if seq not in meeting.questions:
        raise Refusal("unknown", f"There is no question {seq} at this meeting.")
    return meeting.questions[seq]


def _limit_entries(entries: dict[int, Entry], kind: str) -> None:
    if len(entries) >= MAX_ENTRIES:
        raise Refusal("too large", f"A meeting has at most {MAX_ENTRIES} {kind}.")


FEATURE = Feature(
    commands=(StartMeeting, CloseMeeting, AttendMeeting, AskQuestion, Vote, MarkQuestion, NoteInsight,
              RemoveEntry),
    facts=(MeetingStarted, MeetingClosed, MemberAttended, QuestionAsked, VoteChanged, QuestionMarked,
           InsightNoted, EntryRemoved),
    rights=(ASK, VOTE, NOTE_INSIGHT),
)  # fmt: skip
