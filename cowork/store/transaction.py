"""A transaction that a cancellation cannot tear: each step of it ends before the cancellation goes on its way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")


async def steady(step: Coroutine[Any, Any, T]) -> T:
    """Awaits what must not be broken off: a connection that is left in the middle of a statement keeps its locks."""
    task = asyncio.create_task(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # it is of no interest any more
        raise


class Transaction:
    """What can be done within one."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(self, statement: Any, values: Any = None, **options: Any) -> CursorResult[Any]:
        return await steady(self._connection.execute(statement, values, **options))

    async def scalar(self, statement: Any, values: Any = None) -> Any:
        """The first row's first value; None where there is no row."""
        return (await self.execute(statement, values)).scalar()

    async def run_sync(self, function: Callable[[Any], T]) -> T:
        return await steady(self._connection.run_sync(function))


@contextlib.asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[Transaction]:
    """All or nothing: committed at the end of the block, taken back when that is left by an exception."""
    connection = engine.connect()

    async def begin() -> None:
        await connection.start()
        await connection.begin()

    try:
        await steady(begin())
        yield Transaction(connection)
        await steady(connection.commit())
    finally:
        if connection.sync_connection is not None:
            await steady(connection.close())
