"""A study group in the middle of a month, for the snapshots."""

from __future__ import annotations

from cowork.frames import MemberStatus
from cowork.permissions import Member
from cowork.rooms.break_it import AttemptFinished, Attempts, RecordAttempt, TryInput
from cowork.rooms.chat import SendMessage
from cowork.rooms.live_meeting import AskQuestion, NoteInsight, StartMeeting, Vote
from cowork.rooms.meeting_notes import WriteNotes
from cowork.rooms.meeting_state import Participant
from cowork.rooms.meetings import ClaimPresenterSlot, Meetings, PlanMeeting
from cowork.rooms.reactions import AddReaction
from cowork.rooms.review import AddComment, RequestReview, ResolveThread
from cowork.rooms.submissions import Graded, HandIn, RecordVerdict, Submissions
from cowork.rooms.timer import StartTimer
from tests.support.fake_session import ANA, BEN, CY, HUB, FakeSession

SOURCE = b'''\
import torch
from torch import nn


class CausalAttention(nn.Module):
    """Attention that sees the past only."""

    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x):
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        return torch.softmax(scores, dim=-1) @ values
'''
QUESTION = """Does anybody know why my mask does nothing?
```
scores = queries @ keys.transpose(1, 2)
masked = scores.masked_fill(self.mask, -torch.inf)
weights = torch.softmax(scores, dim=-1)
```
The shapes are all right."""


def _judged(session: FakeSession, passed: int, ago: float) -> str:
    """Grades the latest submission and returns its id."""
    id = [*session.rooms["lobby"][Submissions].all][-1]
    outcome = "passed" if passed == 5 else "failed"
    session.by(HUB, RecordVerdict(Graded(id, outcome, passed_checks=passed, checks=5)), ago=ago)
    return id


def study_group(session: FakeSession) -> FakeSession:
    """Fills the rooms of the group."""
    by = session.by
    by(ANA, SendMessage("Welcome! This month: attention. We meet on Thursday."), ago=90_000)
    by(BEN, SendMessage("Thanks, glad to be here."), ago=89_000)
    asked = by(CY, SendMessage(QUESTION), ago=3_000)
    answer = by(BEN, SendMessage("Look at which name goes into the softmax.", asked), ago=2_900)
    by(CY, AddReaction(answer, "thanks"), ago=2_800)
    by(CY, SendMessage("Oh no. Of course."), ago=2_600)
    by(CY, SendMessage("I looked at it for an hour."), ago=2_590)
    by(BEN, HandIn("causal-attention", SOURCE), ago=2_500)
    by(ANA, AddReaction(_judged(session, 5, 2_450), "bravo"), ago=2_400)
    by(CY, HandIn("stable-softmax", b"x = 1\n"), ago=1_500)
    _judged(session, 2, 1_450)
    _review(session)
    _broken(session)
    _meeting(session)
    by(ANA, StartTimer(), ago=800)
    by(ANA, SendMessage("Half an hour of quiet work, then we compare?"), ago=700)
    by(CY, SendMessage("I begin with the mask."), room="month-3", ago=100)
    session.add_person(ANA)
    session.add_person(BEN, MemberStatus("causal-attention", 5, 5))
    session.add_person(CY, MemberStatus("stable-softmax", 2, 5))
    session.add_person(Member("dee", "Dee", "member"), MemberStatus("multi-head-attention", 4, 7))
    session.add_person(Member("eli", "Eli, who has a name that is too long for the list", "guest"))
    session.add_person(Member("fay", "Fay", "member"), MemberStatus("standardize-columns"))
    return session


def _review(session: FakeSession) -> None:
    session.by(CY, HandIn("causal-attention", SOURCE + b"# help\n"), ago=1_400)
    id = _judged(session, 3, 1_390)
    session.by(CY, RequestReview(id, "Why does the future leak? Does the softmax not take care of it?"), ago=1_300)
    words = "Nothing is masked before this softmax.\n```\nscores.masked_fill_(mask, -torch.inf)\n```"
    thread = session.by(BEN, AddComment(id, words, line=16), ago=1_200)
    session.by(CY, AddComment(id, "Oh! And the mask has to be a buffer?", thread=thread), ago=1_100)
    thread = session.by(ANA, AddComment(id, "A good docstring.", line=6), ago=1_000)
    session.by(CY, ResolveThread(id, thread), ago=900)


def _broken(session: FakeSession) -> None:
    works = session.rooms["lobby"][Submissions].all.values()
    id = next(one.id for one in works if one.by == "cy" and one.exercise == "stable-softmax")
    for member, columns, outcome in ((ANA, 2, "survived"), (BEN, 5, "broke")):
        session.by(member, TryInput(id, "output", {"columns": columns}), ago=1_000)
        attempt = [*session.rooms["lobby"][Attempts].all][-1]
        found = AttemptFinished(attempt, "survived")
        if outcome == "broke":
            smallest = {"rows": 1, "columns": 4}
            found = AttemptFinished(
                attempt, "broke", "", smallest, "[[0.1, 0.2, 0.3, nan]]", "[[0.1, 0.2, 0.3, 0.4]]", 7
            )
        session.by(HUB, RecordAttempt(found), ago=990)


def _meeting(session: FakeSession) -> None:
    agenda = ("Key insights: attention is a weighted sum", "Review Cy's causal attention", "Questions and answers")
    starts, place = session.time - 600, "https://meet.example.org/llm"
    session.by(ANA, PlanMeeting(starts, 90, place, "Month 3: attention", agenda), ago=4_000)
    id = [*session.rooms["lobby"][Meetings].all][-1]
    session.by(BEN, ClaimPresenterSlot(id), ago=3_000)
    session.by(ANA, StartMeeting(id, (Participant("ana", "Ana"), Participant("cy", "Cy"))), ago=600)
    question = session.by(CY, AskQuestion(id, "Why is the mask applied before the softmax?"), ago=500)
    session.by(BEN, Vote(id, question), ago=450)
    session.by(ANA, AskQuestion(id, "Do we need dropout on the weights?"), ago=440)
    session.by(CY, NoteInsight(id, "Scaling by √d_k keeps the softmax from saturating."), ago=400)
    session.by(BEN, WriteNotes(id, 0, "Ben shows his notebook.\nNext month: the model."), ago=300)
