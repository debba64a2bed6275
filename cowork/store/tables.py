"""The tables of a hub's store, the same in SQLite and in PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

SCHEMA = 1  # the version of these tables; stored as a setting, so that an older program refuses a newer store
SCHEMA_NAME = "store.schema"

meta = MetaData()

# `last`: the room's last event. The transaction that locks this row can add the next.
rooms = Table(
    "rooms", meta,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("month", Text),
    Column("last", Integer, nullable=False, default=0),
    Column("added", Float, nullable=False),
)  # fmt: skip

# `event` is the whole event as JSON; `by` and `command` find a command that was executed before
events = Table(
    "events", meta,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("by", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("event", Text, nullable=False),
)  # fmt: skip
Index("events_by_command", events.c.room, events.c.by, events.c.command)

blobs = Table(
    "blobs", meta,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)  # fmt: skip

# `rooms`: ids as a JSON list; `spelling`: equal for names that look the same
members = Table(
    "members", meta,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("spelling", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("rooms", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("since", Float, nullable=False),
    Column("gone", Boolean, nullable=False, default=False),
)  # fmt: skip

invites = Table(
    "invites", meta,
    Column("digest", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("rooms", Text, nullable=False),
    Column("expires", Float, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("by", Text, nullable=False),
)  # fmt: skip

settings = Table(
    "settings", meta,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip
