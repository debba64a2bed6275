"""Requests to the hub rather than to a room, by name. Other files register theirs on import."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from cowork import sanitize
from cowork.frames import RoomCard
from cowork.permissions import Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.registry import ADD_ROOMS

if TYPE_CHECKING:
    from cowork.hub.hub import Hub

Handler = Callable[["Hub", Member, Any], Awaitable[Any]]
D = TypeVar("D", bound=msgspec.Struct)
REQUESTS: dict[str, tuple[Right, type[msgspec.Struct], Handler]] = {}


def request(what: str, right: Right, data: type[D]) -> Callable[[Callable[[Hub, Member, D], Awaitable[Any]]], Any]:
    """Registers the decorated `async (hub, by, data) -> answer` for members who have `right`."""

    def register(handler: Callable[[Hub, Member, D], Awaitable[Any]]) -> Any:
        REQUESTS[what] = (right, data, handler)
        return handler

    return register


async def handle(hub: Hub, by: Member, what: str, data: dict[str, Any]) -> Any:
    """Checks a request's rights and data, and returns the answer. Raises Refusal."""
    if what not in REQUESTS:
        raise Refusal("unknown", f"The hub knows no request {what!r}.")
    right, data_type, handler = REQUESTS[what]
    require(by, right)
    try:
        converted = msgspec.convert(data, data_type)
    except msgspec.ValidationError as error:
        raise Refusal("data", f"{what}: {error}.") from error
    return await handler(hub, by, converted)


class NoData(msgspec.Struct, forbid_unknown_fields=True):
    pass


class NewRoom(msgspec.Struct, forbid_unknown_fields=True):
    title: str


@request("add room", ADD_ROOMS, NewRoom)
async def add_room(hub: Hub, by: Member, data: NewRoom) -> Any:
    """Creates a room. Returns {"room": its id}."""
    row = RoomCard(secrets.token_hex(6), sanitize.line(data.title, sanitize.MAX_NAME, "A room's title"))
    await hub.add_room(row)
    return {"room": row.id}
