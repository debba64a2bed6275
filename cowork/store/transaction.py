"""A transaction that takes few steps, and that a cancellation cannot tear: a step ends before that goes on its way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Row

T = TypeVar("T")


class Run(Protocol):
    """Where steps are taken, so that the loop need not wait for the database: a thread, or a greenlet."""

    def __call__(self, step: Callable[[], T], /) -> Awaitable[T]: ...


async def finish_despite_cancellation(step: Awaitable[T]) -> T:
    """Awaits what must not be broken off: a connection that is left in the middle of a statement keeps its locks."""
    task = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # it is of no interest any more
        raise


class StatementResult(NamedTuple):
    """What a statement gave. `changed`: how many rows it added or changed."""

    rows: list[Row[Any]]
    changed: int

    def first(self) -> Any:
        """The first row, None where there is none."""
        return self.rows[0] if self.rows else None

    def scalar(self) -> Any:
        """The first row's first value, None where there is no row."""
        return self.rows[0][0] if self.rows else None


class Transaction:
    """Begins with its first step. What is put off by `later` is done in one step with the commit."""

    def __init__(self, engine: Engine, run: Run) -> None:
        self._engine, self._run = engine, run
        self._connection: Connection | None = None
        self._later: list[tuple[Any, Any]] = []

    def _begun(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.begin()
        return self._connection

    async def run(self, function: Callable[[Connection], T]) -> T:
        """Does something with the connection, in one step."""
        return await finish_despite_cancellation(self._run(lambda: function(self._begun())))

    async def execute(self, statement: Any, values: Any = None) -> StatementResult:
        def execute(connection: Connection) -> StatementResult:
            result = connection.execute(statement, values)
            return StatementResult(list(result.all()) if result.returns_rows else [], result.rowcount)

        return await self.run(execute)

    def later(self, statement: Any, values: Any = None) -> None:
        self._later.append((statement, values))

    async def commit(self) -> None:
        def commit(connection: Connection) -> None:
            for statement, values in self._later:
                connection.execute(statement, values)
            connection.commit()
            self._close()

        if self._later or self._connection is not None:
            await self.run(commit)

    async def close(self) -> None:
        """Takes back what is not committed."""
        if self._connection is not None:
            await finish_despite_cancellation(self._run(self._close))

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@contextlib.asynccontextmanager
async def transaction(engine: Engine, run: Run) -> AsyncIterator[Transaction]:
    """All or nothing: committed at the end of the block, taken back when that is left by an exception."""
    one = Transaction(engine, run)
    try:
        yield one
        await one.commit()
    finally:
        await one.close()
