"""Tests of a conversation of several turns with the tiny model, whose context has 96 tokens."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from playground.conversation import Conversation
from playground.messages import Message, Sampling
from playground.session import Session

SHORT = Sampling(greedy=True, max_tokens=5)

# One worker runs these tests, so that they share a session.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("conversation")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(tiny: Path) -> AsyncIterator[Session]:
    async with Session(str(tiny)) as session:
        yield session


async def say(conversation: Conversation, session: Session, prompt: str) -> str:
    return "".join([token.text async for token in conversation.reply(session, prompt, SHORT)])


async def test_the_turns_are_remembered_and_counted(session: Session) -> None:
    conversation = Conversation("Be brief")
    first = await say(conversation, session, "the abc")
    alone = session.prompt_tokens
    assert conversation.messages == [Message("user", "the abc"), Message("assistant", first)]
    assert conversation.context(session) == f"{alone + 5} of 96 tokens"
    await say(conversation, session, "on")
    assert session.prompt_tokens > alone
    assert len(conversation.messages) == 4
    conversation.clear()
    assert conversation.context(session) == "0 of 96 tokens"
    assert await say(conversation, session, "the abc") == first


async def test_the_oldest_turns_are_cut_when_the_context_is_full(session: Session) -> None:
    conversation = Conversation("Be kind")
    for turn in range(8):
        await say(conversation, session, f"the {turn}")
        assert conversation.used <= 96
        if session.dropped:
            break
        assert session.notes == []
    assert turn >= 2
    assert session.notes == ["The context of 96 tokens is full, so the model no longer reads the oldest turn."]
    assert len(conversation.messages) == 2 * turn
    assert conversation.messages[0] == Message("user", "the 1")
    assert conversation.messages[-2] == Message("user", f"the {turn}")


async def test_a_stopped_answer_is_remembered_as_far_as_it_came(session: Session) -> None:
    conversation = Conversation()
    async for token in conversation.reply(session, "the", Sampling(greedy=True, max_tokens=60)):
        if token.index == 3:
            session.cancel()
    assert [message.role for message in conversation.messages] == ["user", "assistant"]
    assert await say(conversation, session, "go on")
