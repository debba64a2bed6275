"""Changes the tables of an older store to the present version, and keeps its rows."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, select, text

from cowork import sanitize
from cowork.store.tables import SCHEMA, SCHEMA_NAME, devices, members, settings

# what each version of the tables adds to the one before, as (table, column and its type)
ADDED = {
    2: [
        ("members", "invite TEXT NOT NULL DEFAULT ''"),
        ("invites", "made FLOAT NOT NULL DEFAULT 0"),
        ("invites", "label TEXT NOT NULL DEFAULT ''"),
        ("invites", "total INTEGER NOT NULL DEFAULT 0"),
        ("invites", "revoked BOOLEAN NOT NULL DEFAULT FALSE"),
        ("invites", "links TEXT NOT NULL DEFAULT ''"),
    ],
    3: [
        ("members", '"left" BOOLEAN NOT NULL DEFAULT FALSE'),
        ("devices", "seen FLOAT NOT NULL DEFAULT 0"),
        ("devices", "removed BOOLEAN NOT NULL DEFAULT FALSE"),
    ],
}


def migrate(connection: Connection, version: int) -> None:
    """Adds the columns that tables of an older version lack, and spells names as this version does."""
    for newer in range(version + 1, SCHEMA + 1):
        for table, definition in ADDED[newer]:
            known = {column["name"] for column in inspect(connection).get_columns(table)}
            if definition.split()[0].strip('"') not in known:
                connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {definition}"))
    _respell(connection)
    _add_first_devices(connection)
    connection.execute(settings.update().where(settings.c.name == SCHEMA_NAME).values(value=str(SCHEMA)))


def _add_first_devices(connection: Connection) -> None:
    """Adds the devices by which members have joined, which stood only in `members` before version 3."""
    known = select(devices.c.key)
    rows = connection.execute(select(members.c.key, members.c.id, members.c.since).where(members.c.key.not_in(known)))
    first = [{"key": row.key, "member": row.id, "added": row.since, "seen": row.since, "removed": False}
             for row in rows.all() if " " not in row.key]  # fmt: skip
    if first:
        connection.execute(devices.insert(), first)


def _respell(connection: Connection) -> None:
    """Stores what members' names look like; two members whose names look the same by now keep different spellings."""
    rows = connection.execute(select(members.c.id, members.c.name, members.c.spelling)).all()
    taken = {row.spelling for row in rows}
    for row in rows:
        spelling = sanitize.skeleton(row.name)
        if spelling not in taken:
            taken.add(spelling)
            connection.execute(members.update().where(members.c.id == row.id).values(spelling=spelling))
