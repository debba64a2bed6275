"""Runs jobs in processes that are started ahead, for systems that cannot fork.

It exchanges the same messages with the client as `engine/fork_server.py`. A process needs seconds to load torch, so
POOL_SIZE idle workers are kept, each for one job.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from typing import Any

import fromscratch
from engine import reap, scratch
from engine.payload import HEADER

POOL_SIZE = 2
KILLED = -9  # the exit code of a job that was cancelled before it started


class Worker:
    """A process (`engine/spawn_worker.py`) that loads everything, reports that it is ready, and runs one job."""

    def __init__(self, server: SpawnServer) -> None:
        self.server = server
        self.job_id: int | None = None
        self.ready = False
        self.timer: threading.Timer | None = None
        self.process = subprocess.Popen(
            fromscratch.command("engine.spawn_worker", *server.preload),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self.read_output, daemon=True).start()

    def read_output(self) -> None:
        """Queues each message of the process, and None at its end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with contextlib.suppress(ValueError):  # a process that was killed can leave an incomplete line
                self.server.inbox.put((self, json.loads(line)))
        self.process.wait()
        self.server.inbox.put((self, None))

    def send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # if it has died, `read_output` queues its end
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()

    def start_job(self, message: dict[str, Any]) -> None:
        self.job_id = message["id"]
        if message["limit"] is not None:
            self.timer = threading.Timer(message["limit"], self.kill)
            self.timer.daemon = True
            self.timer.start()
        self.send(message)

    def kill(self) -> None:
        kill_process_tree(self.process)


def kill_process_tree(process: subprocess.Popen[bytes]) -> None:
    """Kills a process and all its descendants."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        reap.kill_tree(process.pid)


class SpawnServer:
    """Gives each job to the first worker that is ready. Other threads only read: one thread starts all processes, since
    a process can end with the thread that started it."""

    def __init__(self, preload: list[str]) -> None:
        self.preload = preload
        self.workers: list[Worker] = []
        self.waiting: deque[dict[str, Any]] = deque()
        self.inbox: queue.Queue[tuple[Worker | None, dict[str, Any] | None]] = queue.Queue()  # None: the client
        self.out = os.fdopen(os.dup(1), "wb")
        self.context: Any = None
        self.early_messages: dict[int, list[dict[str, Any]]] = {}  # to sessions that wait for a worker
        self.announced_ready = False

    def run(self) -> None:
        """Serves until the end of standard input."""
        threading.Thread(target=self.read_input, daemon=True).start()
        self.refill()
        while True:
            worker, message = self.inbox.get()
            if worker is not None:
                self.on_worker_message(worker, message)
            elif message is None:
                break
            elif message.get("cancel"):
                self.cancel(message["id"])
            elif "message" in message:
                self.forward(message)
            elif "expect" in message:
                self.expect(message["body"])
            else:
                self.waiting.append(message)
            self.assign()
        for worker in self.workers:
            worker.kill()
            worker.process.wait()
        scratch.sweep()

    def read_input(self) -> None:
        """Queues each message of the client, and None at the end of the input."""
        while len(header := sys.stdin.buffer.read(HEADER.size)) == HEADER.size:
            head, body = (sys.stdin.buffer.read(size) for size in HEADER.unpack(header))
            self.inbox.put((None, json.loads(head) | {"body": json.loads(body) if body else None}))
        self.inbox.put((None, None))

    def refill(self) -> None:
        """Starts a missing worker, one at a time, because the first is ready sooner that way."""
        idle = [worker for worker in self.workers if worker.job_id is None]
        if len(idle) < POOL_SIZE and all(worker.ready for worker in idle):
            self.workers.append(Worker(self))

    def expect(self, context: Any) -> None:
        """Sends the context of the next job to the idle workers, which prepare for it."""
        if context != self.context:
            self.context = context
            for worker in self.workers:
                if worker.ready and worker.job_id is None:
                    worker.send({"expect": context})

    def assign(self) -> None:
        for worker in self.workers:
            if self.waiting and worker.ready and worker.job_id is None:
                job = self.waiting.popleft()
                worker.start_job(job)
                for message in self.early_messages.pop(job["id"], ()):
                    self.forward(message)
        self.refill()

    def cancel(self, job_id: int) -> None:
        for message in list(self.waiting):
            if message["id"] == job_id:
                self.waiting.remove(message)
                self.early_messages.pop(job_id, None)
                self.send({"id": job_id, "exit": KILLED})
        for worker in self.workers:
            if worker.job_id == job_id:
                worker.kill()

    def forward(self, message: dict[str, Any]) -> None:
        """Gives a session's message to its worker, or keeps it until the session has one."""
        for worker in self.workers:
            if worker.job_id == message["id"]:
                return worker.send({"message": message["body"]})
        if any(job["id"] == message["id"] for job in self.waiting):
            self.early_messages.setdefault(message["id"], []).append(message)
        return None

    def on_worker_message(self, worker: Worker, message: dict[str, Any] | None) -> None:
        """Handles a worker's message; None says that its process has ended."""
        if message is None:
            self.workers.remove(worker)
            if worker.timer is not None:
                worker.timer.cancel()
            if worker.job_id is not None:
                self.send({"id": worker.job_id, "exit": worker.process.returncode})
            elif not worker.ready:
                sys.exit(70)  # it could not start, and the client shows what it wrote to stderr
        elif message.get("ready"):
            worker.ready = True
            if self.context is not None:
                worker.send({"expect": self.context})
            if not self.announced_ready:
                self.announced_ready = True
                self.send({"ready": True})
        elif worker.job_id is not None:
            self.send({"id": worker.job_id, "event": message})

    def send(self, message: dict[str, Any]) -> None:
        self.out.write(json.dumps(message).encode() + b"\n")
        self.out.flush()


if __name__ == "__main__":
    SpawnServer(sys.argv[1:]).run()
