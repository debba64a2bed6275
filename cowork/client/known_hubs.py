"""The hubs that one has joined, in hubs.json; beside it the device's key and what waits to be sent."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from cowork.frames import RoomCard
from cowork.invites import check_address
from cowork.refusal import Refusal
from learner import files
from playground.store import data_folder

KEY, HUBS, OUTBOX = "device.key", "hubs.json", "outbox.db"


class KnownHub(msgspec.Struct, frozen=True, omit_defaults=True):
    """A hub, as it was when one joined. `fingerprint`: "" where the system's authorities vouch for its certificate;
    `member` and `name`: who one is there; `rooms`: those one may enter."""

    hub: str
    address: str
    fingerprint: str
    title: str
    member: str
    name: str
    rooms: list[RoomCard] = []


def home_folder() -> Path:
    """Where co-work keeps what is this person's own: in FROMSCRATCH_DATA, else in the platform's data folder."""
    return data_folder() / "cowork"


class KnownHubs:
    """All of them, the one used last first."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._path = home / HUBS

    def all(self) -> list[KnownHub]:
        """Raises Refusal where the file cannot be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[KnownHub])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refusal(
                "known hubs", f"{self._path} cannot be read ({error}). Move it away and join again."
            ) from error

    def find(self, which: str | None = None) -> KnownHub:
        """The hub with this title or id (or their beginning), else the one used last. Raises Refusal."""
        hubs = self.all()
        if not hubs:
            raise Refusal(
                "no hub", "You have joined no hub yet. `fromscratch join INVITE` joins one; `fromscratch host` is one."
            )
        if not which:
            return hubs[0]
        wanted = which.casefold()
        named = [hub for hub in hubs if wanted in (hub.title.casefold(), hub.hub)]
        begun = [hub for hub in hubs if hub.title.casefold().startswith(wanted) or hub.hub.startswith(wanted)]
        if len(named or begun) == 1:
            return (named or begun)[0]
        names = ", ".join(f"{hub.title} ({hub.hub[:8]})" for hub in named or begun or hubs)
        raise Refusal("no hub", f"{'Several hubs are' if named or begun else 'No hub is'} called {which!r}: {names}.")

    def remember(self, hub: KnownHub) -> None:
        """Puts a hub first, in place of what was known of it. Raises OSError, Refusal."""
        others = [other for other in self._readable() if other.hub != hub.hub]
        self._write([hub, *others])

    def update(self, hub: KnownHub) -> None:
        """Puts what is known now of a hub in place of what was known; no more where it was forgotten meanwhile."""
        hubs = self.all()
        updated = [hub if one.hub == hub.hub else one for one in hubs]
        if updated != hubs:
            self._write(updated)

    def try_update(self, hub: KnownHub) -> None:
        """As `update`; where it cannot be stored, the next connection will tell it again."""
        with suppress(OSError, Refusal):
            self.update(hub)

    def move(self, hub: KnownHub, address: str) -> None:
        """The hub is at another address now; it is known by its certificate as before. Raises Refusal."""
        check_address(address)
        if not hub.fingerprint:
            raise Refusal("address", "This hub is known by its address alone. Ask for a new invite, and join again.")
        self.update(msgspec.structs.replace(hub, address=address))

    def forget(self, hub: KnownHub) -> None:
        self._write([other for other in self.all() if other.hub != hub.hub])

    def _readable(self) -> list[KnownHub]:
        """All, or none where the file is broken, which is then kept aside."""
        try:
            return self.all()
        except Refusal:
            files.move_aside(self._path, self.home, datetime.now())
            return []

    def _write(self, hubs: list[KnownHub]) -> None:
        self.home.mkdir(0o700, parents=True, exist_ok=True)
        files.overwrite(self._path, msgspec.json.format(msgspec.json.encode(hubs)) + b"\n", 0o600)
