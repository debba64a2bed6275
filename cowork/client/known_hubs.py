"""The hubs that the user has joined, in hubs.json. The same folder contains the device's key and the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from cowork.frames import RoomCard
from cowork.invites import check_address
from cowork.refusal import Refusal
from learner import files
from playground.data_folder import data_folder

KEY, HUBS, OUTBOX = "device.key", "hubs.json", "outbox.db"
MAX_ADDRESSES = 8
NO_HUBS = "You have not joined a hub yet. `fromscratch join INVITE` joins one; `fromscratch host` starts one."


class KnownHub(msgspec.Struct, frozen=True, omit_defaults=True):
    """A joined hub, as last seen. `fingerprint`: of its certificate, "" if a certificate authority has signed it;
    `member` and `name`: the user's id and name there; `rooms`: those that the user may enter; `addresses`: of all hubs
    of the group, if there are several."""

    hub: str
    address: str
    fingerprint: str
    title: str
    member: str
    name: str
    rooms: list[RoomCard] = []
    addresses: list[str] = []

    @property
    def by_preference(self) -> list[str]:
        """The addresses of the group: the one that was used last, then the others."""
        return list(dict.fromkeys([self.address, *self.addresses]))

    def with_addresses(self, addresses: Iterable[str]) -> KnownHub:
        """Returns the hub with the addresses that it has told, then those known before: a hub that has just started
        does not know the others yet. Invalid addresses are left out."""
        valid = []
        for address in (self.address, *addresses, *self.addresses):
            with suppress(Refusal):
                check_address(address)
                valid.append(address)
        unique = list(dict.fromkeys(valid))[:MAX_ADDRESSES]
        return msgspec.structs.replace(self, addresses=unique if len(unique) > 1 else [])


def home_folder() -> Path:
    """Returns the folder of the user's co-work data, in FROMSCRATCH_DATA or the platform's data folder."""
    return data_folder() / "cowork"


class KnownHubs:
    """All joined hubs, the last used first."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._path = home / HUBS

    def all(self) -> list[KnownHub]:
        """Returns all hubs. Raises Refusal if the file cannot be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[KnownHub])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            says = f"{self._path} cannot be read ({error}). Move it away and join again."
            raise Refusal("known hubs", says) from error

    def find(self, name: str | None = None) -> KnownHub:
        """Returns the hub with this title or id (or a prefix of it); without a name, the last used. Raises Refusal."""
        hubs = self.all()
        if not hubs:
            raise Refusal("no hub", NO_HUBS)
        if not name:
            return hubs[0]
        folded = name.casefold()
        exact = [hub for hub in hubs if folded in (hub.title.casefold(), hub.hub)]
        matches = exact or [
            hub for hub in hubs if hub.title.casefold().startswith(folded) or hub.hub.startswith(folded)
        ]
        if len(matches) == 1:
            return matches[0]
        names = ", ".join(f"{hub.title} ({hub.hub[:8]})" for hub in matches or hubs)
        raise Refusal("no hub", f"{'Several hubs are' if matches else 'No hub is'} called {name!r}: {names}.")

    def remember(self, hub: KnownHub) -> None:
        """Stores a hub as the last used. Raises OSError, Refusal."""
        others = [other for other in self._readable() if other.hub != hub.hub]
        self._write([hub, *others])

    def update(self, hub: KnownHub) -> None:
        """Updates a stored hub; no effect if it was forgotten in the meantime."""
        hubs = self.all()
        updated = [hub if known.hub == hub.hub else known for known in hubs]
        if updated != hubs:
            self._write(updated)

    def try_update(self, hub: KnownHub) -> None:
        """Like `update`, but ignores errors: the next connection repeats the update."""
        with suppress(OSError, Refusal):
            self.update(hub)

    def move(self, hub: KnownHub, address: str) -> None:
        """Changes the address of a hub, which its certificate still identifies. Raises Refusal."""
        check_address(address)
        if not hub.fingerprint:
            raise Refusal("address", "Only its address identifies this hub. Ask for a new invite, and join again.")
        self.update(msgspec.structs.replace(hub, address=address))

    def forget(self, hub: KnownHub) -> None:
        self._write([other for other in self.all() if other.hub != hub.hub])

    def _readable(self) -> list[KnownHub]:
        """Returns all hubs; if the file is damaged, moves it aside and returns none."""
        try:
            return self.all()
        except Refusal:
            files.move_aside(self._path, self.home, datetime.now())
            return []

    def _write(self, hubs: list[KnownHub]) -> None:
        self.home.mkdir(0o700, parents=True, exist_ok=True)
        files.overwrite(self._path, msgspec.json.format(msgspec.json.encode(hubs)) + b"\n", 0o600)
