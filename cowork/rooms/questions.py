"""Questions with votes, and key insights, which members add to a meeting."""

from __future__ import annotations

from typing import Any

from cowork import sanitize
from cowork.permissions import EVERYBODY, MEMBERS, TAKE_BACK, Member, Right, can, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Room
from cowork.rooms.meetings import MAX_ENTRIES, PRESENT, Entry, Meeting, Meetings

ASK = Right("question", EVERYBODY)
VOTE = Right("vote", EVERYBODY)
NOTE_INSIGHT = Right("insight", MEMBERS)
MAX_TEXT = 1_000  # characters


class QuestionAsked(Fact, frozen=True, tag="question raised"):
    meeting: str
    text: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Meetings].all[self.meeting].questions[event.seq] = _entry(event, self.text)


class VoteChanged(Fact, frozen=True, tag="voted"):
    meeting: str
    question: int
    up: bool

    def apply(self, room: Room, event: Event[Any]) -> None:
        votes = room[Meetings].all[self.meeting].questions[self.question].votes
        (votes.add if self.up else votes.discard)(event.by)


class QuestionMarked(Fact, frozen=True, tag="question marked"):
    meeting: str
    question: int
    answered: bool

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Meetings].all[self.meeting].questions[self.question].answered = self.answered


class InsightNoted(Fact, frozen=True, tag="insight noted"):
    meeting: str
    text: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Meetings].all[self.meeting].insights[event.seq] = _entry(event, self.text)


class EntryRemoved(Fact, frozen=True, tag="line removed"):
    """A question or an insight was removed."""

    meeting: str
    line: int

    def apply(self, room: Room, event: Event[Any]) -> None:
        meeting = room[Meetings].all[self.meeting]
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


def _entry(event: Event[Any], text: str) -> Entry:
    return Entry(event.seq, event.at, event.by, event.name, text)


def _question(meeting: Meeting, seq: int) -> Entry:
    if seq not in meeting.questions:
        raise Refusal("unknown", f"There is no question {seq} at this meeting.")
    return meeting.questions[seq]


def _limit_entries(entries: dict[int, Entry], kind: str) -> None:
    if len(entries) >= MAX_ENTRIES:
        raise Refusal("too large", f"A meeting has at most {MAX_ENTRIES} {kind}.")


FEATURE = Feature(
    commands=(AskQuestion, Vote, MarkQuestion, NoteInsight, RemoveEntry),
    facts=(QuestionAsked, VoteChanged, QuestionMarked, InsightNoted, EntryRemoved),
    rights=(ASK, VOTE, NOTE_INSIGHT),
)
