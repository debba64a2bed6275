"""Sends notifications to other hubs in the background, all that wait in one statement.

They are not part of the transactions that store events, because PostgreSQL lets only one transaction with a
notification commit at a time, and each waits for the disk. What a hub that is killed does not send any more, the other
hubs find by polling.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

RETRY_DELAYS = (0.1, 0.5, 2.0)  # seconds after a failure; the last one repeats
MAX_BATCH = 100  # notifications in a statement


class Notifier:
    """`send` sends payloads in their order; it drops one that is equal to an earlier one of the same call."""

    def __init__(self, send: Callable[[Sequence[str]], Awaitable[None]]) -> None:
        self._send = send
        self._waiting: list[tuple[str, asyncio.Future[None] | None]] = []
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def put(self, payload: str) -> None:
        """Sends a payload in the background, and repeats it until that succeeds."""
        if (payload, None) not in self._waiting:
            self._add(payload, None)

    async def send(self, payload: str) -> None:
        """Sends a payload. Raises the error of `send`."""
        sent = asyncio.get_running_loop().create_future()
        self._add(payload, sent)
        await sent

    async def close(self) -> None:
        """Sends what waits, once."""
        self._closing.set()
        if self._task is not None:
            await self._task

    def _add(self, payload: str, sent: asyncio.Future[None] | None) -> None:
        self._waiting.append((payload, sent))
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def _take(self) -> list[tuple[str, asyncio.Future[None] | None]]:
        """Takes the next payloads, all different."""
        payloads: set[str] = set()
        for payload, _ in self._waiting[:MAX_BATCH]:
            if payload in payloads:
                break
            payloads.add(payload)
        batch, self._waiting = self._waiting[: len(payloads)], self._waiting[len(payloads) :]
        return batch

    async def _run(self) -> None:
        failures = 0
        while self._waiting:
            batch = self._take()
            try:
                await self._send([payload for payload, _ in batch])
            except Exception as error:
                for _, sent in batch:
                    if sent is not None and not sent.done():
                        sent.set_exception(error)
                if not self._closing.is_set():
                    self._waiting[:0] = [(payload, sent) for payload, sent in batch if sent is None]
                    with suppress(TimeoutError):
                        delay = RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)]
                        await asyncio.wait_for(self._closing.wait(), delay)
                    failures += 1
            else:
                failures = 0
                for _, sent in batch:
                    if sent is not None and not sent.done():
                        sent.set_result(None)
        self._task = None
