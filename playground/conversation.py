"""A conversation with a model: its turns, and how much of the context they take. Never imports torch."""

import contextlib
from collections.abc import AsyncGenerator

from playground.messages import Message, Sampling, Token
from playground.session import Session


class Conversation:
    """The turns of a conversation, which the model reads again with each prompt.

    `messages` are the turns that still fit into the context; `used` is the number of tokens of the context that the
    last prompt and its answer took. A model without a chat template reads only the last prompt, and continues it.
    """

    def __init__(self, system: str = "") -> None:
        self.system = system
        self.messages: list[Message] = []
        self.used = 0

    def clear(self) -> None:
        """Begins a new conversation with the same system message."""
        self.messages.clear()
        self.used = 0

    async def reply(self, session: Session, prompt: str, sampling: Sampling) -> AsyncGenerator[Token, None]:
        """Yields the tokens of the answer to a prompt, and remembers both, also if the answer is stopped early.

        The oldest turns go where the context is full; `session.notes` says so. Raises SessionError.
        """
        await session.open()
        question = Message("user", prompt)
        system = [Message("system", self.system)] if self.system else []
        messages = [*system, *self.messages, question] if session.chats else [question]
        text = ""
        try:
            async with contextlib.aclosing(session.generate(messages, sampling)) as tokens:
                async for token in tokens:
                    if token.index == 0:
                        del self.messages[: session.dropped]
                    text += token.text
                    self.used = session.prompt_tokens + token.index + 1
                    yield token
        finally:
            if text and session.chats:
                self.messages += [question, Message("assistant", text)]

    def context(self, session: Session) -> str:
        """Returns how full the context is, such as "214 of 2,048 tokens"."""
        return f"{self.used:,} of {session.context_length:,} tokens"
