"""The engine where no process can be forked: a few processes that were started ahead, each for one job.

It speaks the language of `engine/fork_server.py`: the same requests and answers. A job's process needs
seconds to load torch, so POOL_SIZE of them wait; after each job a new one is started.
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
from engine.payload import SIZES

POOL_SIZE = 2


class Worker:
    """A process that loads everything, says that it is ready, and takes one job."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.id: int | None = None
        self.ready = False
        self.clock: threading.Timer | None = None
        self.process = subprocess.Popen(
            fromscratch.command("engine.spawn_worker", *pool.preload),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """Passes on each line of the process, and that it has ended."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with contextlib.suppress(ValueError):  # half a line of a process that was killed
                self.pool.heard.put((self, json.loads(line)))
        self.process.wait()
        self.pool.heard.put((self, None))

    def send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # it has died: its end is heard of
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()

    def begin(self, request: dict[str, Any]) -> None:
        self.id = request["id"]
        self.clock = threading.Timer(request["limit"], self.kill)
        self.clock.daemon = True
        self.clock.start()
        self.send(request)

    def kill(self) -> None:
        kill(self.process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and all that it started."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        reap.kill_tree(process.pid)


class Pool:
    """Jobs wait for a ready worker; the first that is ready gets the first that waits. Threads only listen: one
    thread starts all processes, since a process may end with the thread that started it."""

    def __init__(self, preload: list[str]) -> None:
        self.preload = preload
        self.workers: list[Worker] = []
        self.waiting: deque[dict[str, Any]] = deque()
        self.heard: queue.Queue[tuple[Worker | None, dict[str, Any] | None]] = queue.Queue()
        self.out = os.fdopen(os.dup(1), "wb")
        self.subject: Any = None
        self.told = False

    def run(self) -> None:
        """Serves until the input ends."""
        threading.Thread(target=self.listen, daemon=True).start()
        self.refill()
        while True:
            worker, message = self.heard.get()
            if worker is not None:
                self.work(worker, message)
            elif message is None:
                break
            elif message.get("cancel"):
                self.cancel(message["id"])
            elif "expect" in message:
                self.expect(message["body"])
            else:
                self.waiting.append(message)
            self.assign()
        for worker in self.workers:
            worker.kill()
            worker.process.wait()
        scratch.sweep()

    def listen(self) -> None:
        """Passes on each request, and that there will be no more."""
        while len(sizes := sys.stdin.buffer.read(SIZES.size)) == SIZES.size:
            head, body = (sys.stdin.buffer.read(size) for size in SIZES.unpack(sizes))
            self.heard.put((None, json.loads(head) | {"body": json.loads(body) if body else None}))
        self.heard.put((None, None))

    def refill(self) -> None:
        """Starts what is missing: one at a time, so that the first is ready soon."""
        idle = [worker for worker in self.workers if worker.id is None]
        if len(idle) < POOL_SIZE and all(worker.ready for worker in idle):
            self.workers.append(Worker(self))

    def expect(self, subject: Any) -> None:
        """The next job will likely be about this: those who wait get ready for it."""
        if subject != self.subject:
            self.subject = subject
            for worker in self.workers:
                if worker.ready and worker.id is None:
                    worker.send({"expect": subject})

    def assign(self) -> None:
        for worker in self.workers:
            if self.waiting and worker.ready and worker.id is None:
                worker.begin(self.waiting.popleft())
        self.refill()

    def cancel(self, number: int) -> None:
        for request in list(self.waiting):
            if request["id"] == number:
                self.waiting.remove(request)
                self.say({"id": number, "end": -9})
        for worker in self.workers:
            if worker.id == number:
                worker.kill()

    def work(self, worker: Worker, message: dict[str, Any] | None) -> None:
        """What a worker says; None: it has ended."""
        if message is None:
            self.workers.remove(worker)
            if worker.clock is not None:
                worker.clock.cancel()
            if worker.id is not None:
                self.say({"id": worker.id, "end": worker.process.returncode})
            elif not worker.ready:
                sys.exit(70)  # it could not even start: the app says what it wrote
        elif message.get("ready"):
            worker.ready = True
            if self.subject is not None:
                worker.send({"expect": self.subject})
            if not self.told:
                self.told = True
                self.say({"ready": True})
        elif worker.id is not None:
            self.say({"id": worker.id, "event": message})

    def say(self, message: dict[str, Any]) -> None:
        self.out.write(json.dumps(message).encode() + b"\n")
        self.out.flush()


if __name__ == "__main__":
    Pool(sys.argv[1:]).run()
