"""Hubs, workers and PostgreSQL as separate processes on one core; the clients run on another core."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cowork import certificates, invites
from tests.support.postgres import postgres

CORES = sorted(os.sched_getaffinity(0))
HUBS_CORE, CLIENTS_CORE = CORES[0], CORES[-1]
WORKER_READY = "running the hubs' grading jobs"  # in a worker's log


def pin(core: int) -> None:
    """Pins this process, and the processes that it starts from now on, to one core."""
    os.sched_setaffinity(0, {core})


class Host:
    """A `fromscratch host` process on a free port of this machine.

    `organiser` and `members` are invites; only the first hub on a database prints the organiser's. The hub writes its
    log to `log`.
    """

    def __init__(self, data: Path, database: str | None = None) -> None:
        options = ["--database", database] if database else []
        data.mkdir(exist_ok=True)
        self.log = data / "log"
        self.process = _start("host", "--port", "0", "--data", str(data), "--invite", "1000", *options, log=self.log)
        invite_texts = re.findall(r"join (fromscratch\S+)", _read_until(self.process, "Ctrl-C stops"))
        self.organiser, self.members = invites.parse(invite_texts[0]), invites.parse(invite_texts[-1])

    def cpu_seconds(self) -> float:
        """CPU time of the hub's own process, without the processes that grade."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_seconds(self) -> float:
        """Time for which the hub was ready to run but its core was busy with other processes."""
        return waited_seconds(str(self.process.pid))


def waited_seconds(process: str = "self") -> float:
    """Time for which a process with one thread was ready to run but its core was busy with others."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[1]) / 1e9


def _start(*arguments: str, log: Path) -> subprocess.Popen[str]:
    with log.open("w") as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", "tui", *arguments], stdout=subprocess.PIPE, stderr=stderr, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"}, preexec_fn=lambda: pin(HUBS_CORE),
        )  # fmt: skip


def _read_until(process: subprocess.Popen[str], text: str) -> str:
    output = ""
    assert process.stdout is not None
    while text not in output:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"The process ended; its output: {output}")
        output += line
    return output


@contextlib.contextmanager
def stop_at_exit(*processes: subprocess.Popen[str]) -> Iterator[None]:
    """Terminates the processes when the block ends, and kills those that do not exit."""
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
    """A hub on SQLite that also grades."""
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder))
        with stop_at_exit(host.process):
            yield [host]


@contextlib.contextmanager
def two_hubs() -> Iterator[list[Host]]:
    """Two hubs with one certificate, and a worker, on one PostgreSQL with durable commits (the default settings)."""
    with tempfile.TemporaryDirectory() as folder:
        pin(HUBS_CORE)  # PostgreSQL too
        with postgres(["max_connections=100"]) as server, server.new_database() as url:
            pin(CLIENTS_CORE)
            first, second = Path(folder) / "first", Path(folder) / "second"
            hosts = [Host(first, url)]
            second.mkdir()
            shutil.copy(first / certificates.FILE_NAME, second)
            hosts.append(Host(second, url))
            log = first / "worker-log"
            worker = _start("worker", "--database", url, "--jobs", "2", log=log)
            with stop_at_exit(*(host.process for host in hosts), worker):
                while WORKER_READY not in log.read_text():
                    if worker.poll() is not None:
                        raise RuntimeError(f"The worker ended; its output: {log.read_text()}")
                    time.sleep(0.1)
                yield hosts


def sync_seconds(count: int = 200) -> list[float]:
    """Durations of `fdatasync` after writing 4 KiB: the minimum that every commit waits for."""
    durations = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(count):
            os.write(file.fileno(), bytes(4096))
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            durations.append(time.perf_counter() - start)
    return durations
