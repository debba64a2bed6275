"""All commands, facts and questions there are, for reading them from JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from cowork.rooms.base import Event
from cowork.rooms.break_it import Answered, Break, BreakByChance, Challenged, RecordBreak
from cowork.rooms.chat import Said, Say, TakeBack, TakenBack
from cowork.rooms.live_meeting import Attend, Attended, Began, Closed, CloseMeeting, StartMeeting, Write, Wrote
from cowork.rooms.meetings import Cancelled, CancelMeeting, GiveBack, PlanMeeting, Planned, Present, Presents
from cowork.rooms.questions import (
    MarkAnswered,
    Marked,
    Noted,
    NoteInsight,
    Raised,
    RaiseQuestion,
    Removed,
    RemoveLine,
    Vote,
    Voted,
)
from cowork.rooms.reactions import React, Reacted, ReactionTakenBack, Unreact
from cowork.rooms.review import (
    AskReview,
    CloseReview,
    Commented,
    CommentOn,
    ResolveThread,
    ReviewAsked,
    ReviewClosed,
    ThreadResolved,
)
from cowork.rooms.submissions import HandedIn, HandIn, Judged, Record, SourceOf
from cowork.rooms.timer import (
    PauseTimer,
    ResumeTimer,
    StartTimer,
    StopTimer,
    TimerPaused,
    TimerResumed,
    TimerStarted,
    TimerStopped,
)

# each feature's stand on a line of their own
TimerCommand = StartTimer | PauseTimer | ResumeTimer | StopTimer
TimerFact = TimerStarted | TimerPaused | TimerResumed | TimerStopped
ReviewCommand = AskReview | CommentOn | ResolveThread | CloseReview
ReviewFact = ReviewAsked | Commented | ThreadResolved | ReviewClosed
BreakCommand = Break | BreakByChance | RecordBreak
BreakFact = Challenged | Answered
MeetingCommand = PlanMeeting | CancelMeeting | Present | GiveBack | StartMeeting | CloseMeeting | Attend | Write
MeetingFact = Planned | Cancelled | Presents | Began | Closed | Attended | Wrote
QuestionCommand = RaiseQuestion | Vote | MarkAnswered | NoteInsight | RemoveLine
QuestionFact = Raised | Voted | Marked | Noted | Removed

AnyCommand = (
    Say
    | TakeBack
    | HandIn
    | Record
    | React
    | Unreact
    | TimerCommand
    | ReviewCommand
    | BreakCommand
    | MeetingCommand
    | QuestionCommand
)
AnyFact = (
    Said
    | TakenBack
    | HandedIn
    | Judged
    | Reacted
    | ReactionTakenBack
    | TimerFact
    | ReviewFact
    | BreakFact
    | MeetingFact
    | QuestionFact
)
AnyQuestion = SourceOf

_event = msgspec.json.Decoder(Event[AnyFact])
_fact = msgspec.json.Decoder(AnyFact)


def read_event(data: bytes | str) -> Event[Any]:
    """An event from JSON; raises msgspec.ValidationError."""
    return _event.decode(data)


def read_fact(data: bytes | str) -> Any:
    return _fact.decode(data)
