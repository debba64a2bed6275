"""The protocol between clients and hubs: websocket frames, each a JSON object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from cowork.permissions import Member, Role
from cowork.rooms.base import Event
from cowork.rooms.registry import AnyCommand, AnyFact, AnyQuery

F = TypeVar("F")
VERSION = 1
PATH = "/live"  # of the websocket, appended to the hub's address
MAX_FRAME = 512 * 1024  # bytes, in both directions
MAX_EVENTS = 500  # in a frame


Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[!-~]+$")]  # chosen by the client
Name = Annotated[str, msgspec.Meta(max_length=64, pattern="^[a-z0-9-]+$")]  # of an exercise
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class _Frame(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", forbid_unknown_fields=True):
    pass


# from the hub


class Challenge(_Frame, frozen=True, tag="challenge"):
    """The first frame. `cowork/keys.py` shows what a client signs; `nonce` is used once."""

    hub: str
    title: str
    nonce: str
    version: int = VERSION


class RoomCard(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str
    title: str
    month: str | None = None


class Welcome(_Frame, frozen=True, tag="welcome"):
    """The client is signed in, or its member changed. `rooms`: those that the member may enter; `now`: the hub's time,
    in seconds since 1970; `addresses`: those of all hubs of the group, this one's first."""

    member: Member
    rooms: list[RoomCard]
    now: float
    addresses: list[str] = []


class Refused(_Frame, frozen=True, tag="refused"):
    """A Refusal. `id`: of the refused frame, or the room of a refused `enter`; "" if it concerns the connection."""

    code: str
    says: str
    id: str = ""
    data: Any = None


class Ack(_Frame, frozen=True, tag="ack"):
    """The command was executed. `seq`: its last event, 0 if it has none."""

    id: str
    seq: int


class Answer(_Frame, frozen=True, tag="answer"):
    """The answer to an `ask` or a `request`."""

    id: str
    data: Any


class Events(_Frame, frozen=True, tag="events"):
    room: str
    events: list[Event[AnyFact]]


class CaughtUp(_Frame, frozen=True, tag="caught up"):
    """All events up to `seq` were sent. Further events are sent when they happen."""

    room: str
    seq: int


class MemberStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """The exercise that a member works on, and their checks. Their own app reports it; the hub does not verify it."""

    exercise: Name | None = None
    passed_checks: Count = 0
    checks: Count = 0


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    member: str
    name: str
    role: Role
    here: MemberStatus | None = None  # None: the person has left


class Present(_Frame, frozen=True, tag="present"):
    """People in a room who changed. `all`: replaces all people."""

    room: str
    people: list[Person]
    all: bool = False


class RoomsChanged(_Frame, frozen=True, tag="rooms"):
    rooms: list[RoomCard]


FromHub = Challenge | Welcome | Refused | Ack | Answer | Events | CaughtUp | Present | RoomsChanged

# from a client


class Enrol(_Frame, frozen=True, tag="enrol"):
    """Joins with an invite. `key`: the device's public key, base64."""

    invite: str
    name: str
    key: str
    signature: str


class SignIn(_Frame, frozen=True, tag="sign in"):
    key: str
    signature: str


class Enter(_Frame, frozen=True, tag="enter"):
    """Enters a room, and asks for its events after `since`."""

    room: str
    since: int = 0


class Leave(_Frame, frozen=True, tag="leave"):
    room: str


class DoCommand(_Frame, frozen=True, tag="do"):
    """Executes a command. `id` is unique, so that a command that is sent again is executed only once."""

    id: Id
    room: str
    command: AnyCommand


class AskQuery(_Frame, frozen=True, tag="ask"):
    id: Id
    room: str
    question: AnyQuery


class ReportStatus(_Frame, frozen=True, tag="here"):
    room: str
    here: MemberStatus


class Request(_Frame, frozen=True, tag="request"):
    """A request to the hub rather than to a room. `what`: its name in `cowork/hub/requests.py`."""

    id: Id
    what: str
    data: dict[str, Any] = {}


FromClient = Enrol | SignIn | Enter | Leave | DoCommand | AskQuery | ReportStatus | Request


class FrameDecoder(Generic[F]):
    """Decodes the frames of one side. `decode` raises msgspec.DecodeError for anything else."""

    def __init__(self, kinds: Any) -> None:
        self._decode: Callable[[bytes | str], F] = msgspec.json.Decoder(kinds).decode

    def decode(self, data: bytes | str) -> F:
        try:
            return self._decode(data)
        except RecursionError:
            raise msgspec.DecodeError("JSON is nested too deep") from None
        except UnicodeError:
            raise msgspec.DecodeError("the text is not valid UTF-8") from None


from_hub: FrameDecoder[FromHub] = FrameDecoder(FromHub)
from_client: FrameDecoder[FromClient] = FrameDecoder(FromClient)
encode = msgspec.json.Encoder().encode


class _FrameId(msgspec.Struct):
    id: str = ""


_frame_id: FrameDecoder[_FrameId] = FrameDecoder(_FrameId)


def id_of(data: bytes) -> str:
    """Returns the id of a client's frame that cannot be decoded, or ""."""
    try:
        return _frame_id.decode(data).id
    except msgspec.DecodeError:
        return ""
