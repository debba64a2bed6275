"""Hubs, workers and a PostgreSQL as processes of their own, all on one core; the clients have another."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cowork import invites

CORES = sorted(os.sched_getaffinity(0))
HUBS_CORE, CLIENTS_CORE = CORES[0], CORES[-1]


def pin(core: int) -> None:
    """Keeps this process, and those it starts from now on, on one core."""
    os.sched_setaffinity(0, {core})


class Host:
    """`fromscratch host` on a free loopback port. `organiser`, `members`: invites; the first hub over a store prints
    the organiser's."""

    def __init__(self, data: Path, database: str | None = None) -> None:
        more = ["--database", database] if database else []
        self.process = _start("host", "--port", "0", "--data", str(data), "--invite", "1000", *more)
        texts = re.findall(r"join (fromscratch\S+)", _read_until(self.process, "Ctrl-C stops"))
        self.organiser, self.members = invites.read(texts[0]), invites.read(texts[-1])

    def cpu(self) -> float:
        """Seconds of processor time that the hub has used; those that grade are not counted."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def waited(self) -> float:
        """Seconds that the hub was ready to run and its core had others to run."""
        return int(Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[1]) / 1e9


def _start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tui", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"}, preexec_fn=lambda: pin(HUBS_CORE),
    )  # fmt: skip


def _read_until(process: subprocess.Popen[str], words: str) -> str:
    said = ""
    assert process.stdout is not None
    while words not in said:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"it ended: {said}")
        said += line
    return said


@contextlib.contextmanager
def stopped(*processes: subprocess.Popen[str]) -> Iterator[None]:
    """Stops processes in the end, in order if they can."""
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextlib.contextmanager
def one_hub() -> Iterator[list[Host]]:
    """A hub over SQLite, which grades by itself."""
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder))
        with stopped(host.process):
            yield [host]


@contextlib.contextmanager
def two_hubs() -> Iterator[list[Host]]:
    """Two hubs over one PostgreSQL, whose commits wait for the disk as they do by default, and a worker."""
    sys.path.append(str(Path(__file__).parent.parent / "tests" / "cowork"))
    import postgres_kit

    postgres_kit.QUICK = ("max_connections=100",)
    with tempfile.TemporaryDirectory() as folder:
        pin(HUBS_CORE)  # PostgreSQL too
        with postgres_kit.postgres() as server, server.fresh() as url:
            pin(CLIENTS_CORE)
            hosts = [Host(Path(folder) / str(index), url) for index in range(2)]
            worker = _start("worker", "--database", url, "--jobs", "2")
            with stopped(*(host.process for host in hosts), worker):
                yield hosts


def disk_waits(count: int = 200) -> list[float]:
    """Seconds that single waits for this disk take, each after 4 KiB: what every commit has to wait for."""
    waits = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(count):
            os.write(file.fileno(), bytes(4096))
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            waits.append(time.perf_counter() - start)
    return waits
