"""What a client and a hub say to each other over a websocket: one JSON object a frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from cowork.permissions import Member, Role
from cowork.rooms.base import Event
from cowork.rooms.registry import AnyCommand, AnyFact, AnyQuery

F = TypeVar("F")
VERSION = 1
PATH = "/live"  # of the websocket, after a hub's address
MAX_FRAME = 512 * 1024  # bytes, either way
CHUNK = 500  # events in a frame


Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[!-~]+$")]  # of what a client asks for
Name = Annotated[str, msgspec.Meta(max_length=64, pattern="^[a-z0-9-]+$")]  # an exercise's
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class _Frame(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", forbid_unknown_fields=True):
    pass


# from the hub


class Challenge(_Frame, frozen=True, tag="challenge"):
    """The first frame. What a client signs is in `cowork/keys.py`; `nonce` is used once."""

    hub: str
    title: str
    nonce: str
    version: int = VERSION


class RoomCard(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str
    title: str
    month: str | None = None


class Welcome(_Frame, frozen=True, tag="welcome"):
    """One is known. `rooms`: those one may enter; `now`: the hub's clock, in seconds since 1970."""

    member: Member
    rooms: list[RoomCard]
    now: float


class Refused(_Frame, frozen=True, tag="refused"):
    """A Refusal. `id`: of the `do`, `ask` or `request`, or the room that was to be entered; "" where the whole
    connection is meant."""

    code: str
    says: str
    id: str = ""
    data: Any = None


class Ack(_Frame, frozen=True, tag="ack"):
    """What was asked for is stored; `seq` is the last event of it, 0 where nothing had to happen."""

    id: str
    seq: int


class Answer(_Frame, frozen=True, tag="answer"):
    id: str
    data: Any


class Events(_Frame, frozen=True, tag="events"):
    room: str
    events: list[Event[AnyFact]]


class CaughtUp(_Frame, frozen=True, tag="caught up"):
    """All events up to `seq` were sent; from here on they come as they happen."""

    room: str
    seq: int


class MemberStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where somebody is: on which exercise, and how it goes, as their own app says (nobody has checked that)."""

    exercise: Name | None = None
    passed_checks: Count = 0
    checks: Count = 0


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    member: str
    name: str
    role: Role
    here: MemberStatus | None = None  # None: left


class Present(_Frame, frozen=True, tag="present"):
    """Changes in who is in a room; `all`: these are all."""

    room: str
    people: list[Person]
    all: bool = False


class RoomsChanged(_Frame, frozen=True, tag="rooms"):
    rooms: list[RoomCard]


FromHub = Challenge | Welcome | Refused | Ack | Answer | Events | CaughtUp | Present | RoomsChanged

# from a client


class Enrol(_Frame, frozen=True, tag="enrol"):
    """Joins by an invite; the key (base64) is the device's from now on."""

    invite: str
    name: str
    key: str
    signature: str


class SignIn(_Frame, frozen=True, tag="sign in"):
    key: str
    signature: str


class Enter(_Frame, frozen=True, tag="enter"):
    """Comes into a room, or goes on in it after event `since`."""

    room: str
    since: int = 0


class Leave(_Frame, frozen=True, tag="leave"):
    room: str


class DoCommand(_Frame, frozen=True, tag="do"):
    """`id` is the client's and unique: the same once more is not done twice."""

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
    """What concerns the hub and no room: `what` names one of `cowork/hub/requests.py`."""

    id: Id
    what: str
    data: dict[str, Any] = {}


FromClient = Enrol | SignIn | Enter | Leave | DoCommand | AskQuery | ReportStatus | Request


class Reader(Generic[F]):
    """Reads frames of one side: `decode` raises msgspec.DecodeError for whatever is none."""

    def __init__(self, kinds: Any) -> None:
        self._decode: Callable[[bytes | str], F] = msgspec.json.Decoder(kinds).decode

    def decode(self, data: bytes | str) -> F:
        try:
            return self._decode(data)
        except RecursionError:
            raise msgspec.DecodeError("JSON is nested too deep") from None
        except UnicodeError:
            raise msgspec.DecodeError("this is no text in UTF-8") from None


from_hub: Reader[FromHub] = Reader(FromHub)
from_client: Reader[FromClient] = Reader(FromClient)
encode = msgspec.json.Encoder().encode


class _Asked(msgspec.Struct):
    id: str = ""


_asked: Reader[_Asked] = Reader(_Asked)


def id_of(data: bytes) -> str:
    """The id of a client's frame that cannot be read, to refuse it by; "" where it has none."""
    try:
        return _asked.decode(data).id
    except msgspec.DecodeError:
        return ""
