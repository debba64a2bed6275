"""Chat: messages, replies, and reactions to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cowork import sanitize
from cowork.permissions import Member, Thing, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact

if TYPE_CHECKING:
    from cowork.rooms.room import Room


@dataclass
class Message:
    """One message; `seq` is its event's, by which replies and reactions speak of it."""

    seq: int
    at: float
    by: str
    name: str
    text: str
    reply_to: int | None = None
    taken_back: bool = False


@dataclass
class Chat:
    messages: dict[int, Message] = field(default_factory=dict)

    def search(self, words: str) -> list[Message]:
        """The messages that have all of the words, in any case, oldest first."""
        wanted = words.casefold().split()
        return [
            message
            for message in self.messages.values()
            if not message.taken_back and all(word in f"{message.name} {message.text}".casefold() for word in wanted)
        ]


class MessageSent(Fact, frozen=True, tag="said"):
    text: str
    reply_to: int | None = None

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.chat.messages[event.seq] = Message(event.seq, event.at, event.by, event.name, self.text, self.reply_to)


class MessageRetracted(Fact, frozen=True, tag="taken back"):
    message: int

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.chat.messages[self.message].taken_back = True
        room.chat.messages[self.message].text = ""


class SendMessage(Command, frozen=True, tag="say"):
    """Plain text; code stands between lines of three backticks. `reply_to`: the seq of a message."""

    text: str
    reply_to: int | None = None

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "chat", Thing(room.id))
        if self.reply_to is not None and self.reply_to not in room.chat.messages:
            raise Refusal("unknown", f"There is no message {self.reply_to} to reply to.")
        return [MessageSent(sanitize.message(self.text), self.reply_to)]


class RetractMessage(Command, frozen=True, tag="take back"):
    """Removes the text of a message: one's own, or anyone's for an organiser."""

    message: int

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        message = room.chat.messages.get(self.message)
        if message is None:
            raise Refusal("unknown", f"There is no message {self.message}.")
        require(by, "take back", Thing(room.id, message.by))
        return [] if message.taken_back else [MessageRetracted(self.message)]
