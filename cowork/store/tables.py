"""The tables of a hub's store, the same in SQLite and in PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

SCHEMA = 3  # the version of these tables; stored as a setting, so that an older program refuses a newer store
SCHEMA_NAME = "store.schema"

meta = MetaData()


def column(name: str, kind: Any = Text, *options: Any, **more: Any) -> Column[Any]:
    return Column(name, kind, *options, **({"nullable": False} | more))


# `last`: the room's last event. The transaction that locks this row can add the next.
rooms = Table(
    "rooms", meta, column("id", primary_key=True), column("title"), column("month", nullable=True),
    column("last", Integer, default=0), column("added", Float),
)  # fmt: skip

# `event` is the whole event as JSON; `by` and `command` find a command that was executed before
events = Table(
    "events", meta, column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    column("seq", Integer, primary_key=True), column("by"), column("command"), column("event"),
)  # fmt: skip
Index("events_by_command", events.c.room, events.c.by, events.c.command)

blobs = Table(
    "blobs", meta, column("room", Text, ForeignKey("rooms.id"), primary_key=True), column("key", primary_key=True),
    column("data", LargeBinary),
)  # fmt: skip

# `rooms`: ids as a JSON list; `spelling`: equal for names that look the same
members = Table(
    "members", meta, column("id", primary_key=True), column("name"), column("spelling", unique=True), column("role"),
    column("rooms"), column("key", unique=True), column("since", Float), column("gone", Boolean, default=False),
    column("invite", default=""), column("left", Boolean, default=False),
)  # fmt: skip

invites = Table(
    "invites", meta, column("digest", primary_key=True), column("role"), column("rooms"), column("expires", Float),
    column("uses", Integer), column("by"), column("made", Float, default=0.0), column("label", default=""),
    column("total", Integer, default=0), column("revoked", Boolean, default=False), column("links", default=""),
)  # fmt: skip

# the devices of members; the key in `members` is that of the first
devices = Table(
    "devices", meta, column("key", primary_key=True), column("member"), column("added", Float),
    column("seen", Float, default=0.0), column("removed", Boolean, default=False),
)  # fmt: skip

# the numbers of the events that a member has seen in the news that concern them
seen = Table(
    "seen", meta, column("member", primary_key=True), column("room", primary_key=True),
    column("seq", Integer, primary_key=True), column("at", Float),
)  # fmt: skip

settings = Table("settings", meta, column("name", primary_key=True), column("value"))

ADDED_TABLES = frozenset({"devices", "seen"})  # that stores of the first version lack
