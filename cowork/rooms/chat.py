"""Chat: messages and replies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cowork import sanitize
from cowork.permissions import EVERYBODY, TAKE_BACK, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Page, Post, Room, State

CHAT = Right("chat", EVERYBODY)


@dataclass
class Message(Post):
    """A message; replies and reactions refer to its `seq`."""

    reply_to: int | None = None
    taken_back: bool = False


@dataclass
class Chat(State):
    messages: dict[int, Message] = field(default_factory=dict)

    def search(self, words: str) -> list[Message]:
        """Returns the messages that contain all of the words, ignoring case, oldest first."""
        wanted = words.casefold().split()
        messages = [message for message in self.messages.values() if not message.taken_back]
        texts = [f"{message.name} {message.text}".casefold() for message in messages]
        return [message for message, text in zip(messages, texts, strict=True) if all(word in text for word in wanted)]


class MessageSent(Fact, frozen=True, tag="said"):
    text: str
    reply_to: int | None = None

    def apply(self, room: Room, event: Event[Any]) -> None:
        removed = not self.text
        message = Message(event.seq, event.at, event.by, event.name, self.text, self.reply_to, removed)
        room[Chat].messages[event.seq] = message

    def erased(self) -> Fact:
        return MessageSent("", self.reply_to)


class MessageRetracted(Fact, frozen=True, tag="taken back"):
    message: int

    def erases(self) -> list[int]:
        return [self.message]

    def apply(self, room: Room, event: Event[Any]) -> None:
        message = room[Chat].messages[self.message]
        message.taken_back, message.text = True, ""


class SendMessage(Command, frozen=True, tag="say"):
    """Sends plain text, with code between lines of three backticks. `reply_to`: the seq of a message."""

    text: str
    reply_to: int | None = None

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, CHAT, room.id)
        if self.reply_to is not None and self.reply_to not in room[Chat].messages:
            raise Refusal("unknown", f"There is no message {self.reply_to} to reply to.")
        return [MessageSent(sanitize.message(self.text), self.reply_to)]


class RetractMessage(Command, frozen=True, tag="take back"):
    """Removes the text of a message for good. Members retract their own messages, organisers any."""

    message: int

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        message = room[Chat].messages.get(self.message)
        if message is None:
            raise Refusal("unknown", f"There is no message {self.message}.")
        require(by, TAKE_BACK, room.id, message.by)
        return [] if message.taken_back else [MessageRetracted(self.message)]


FEATURE = Feature(
    state=Chat, commands=(SendMessage, RetractMessage), facts=(MessageSent, MessageRetracted), rights=(CHAT,),
    cli="tui.cli.cowork.chat", verbs=("people", "say", "read", "search", "take-back"),
    page=Page("chat", "c", "Chat", "Messages, and who passed what", "chat:ChatPage"),
)  # fmt: skip
