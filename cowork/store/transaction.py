"""Transactions in few steps. A cancellation takes effect only after the current step."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Row

T = TypeVar("T")


class Run(Protocol):
    """Runs a step in a thread or a greenlet, so that the event loop does not wait for the database."""

    def __call__(self, step: Callable[[], T], /) -> Awaitable[T]: ...


async def finish_despite_cancellation(step: Awaitable[T]) -> T:
    """Awaits a step that must not be interrupted, because an interrupted connection keeps its locks."""
    task = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # marks it as retrieved
        raise


class StatementResult(NamedTuple):
    """A statement's rows. `changed`: the number of rows that it added or changed."""

    rows: list[Row[Any]]
    changed: int

    def first(self) -> Any:
        """Returns the first row, or None."""
        return self.rows[0] if self.rows else None

    def scalar(self) -> Any:
        """Returns the first value of the first row, or None."""
        return self.rows[0][0] if self.rows else None


class Transaction:
    """Begins with its first step. Statements that are deferred run in one step with the commit."""

    def __init__(self, engine: Engine, run: Run) -> None:
        self._engine, self._run = engine, run
        self._connection: Connection | None = None
        self._deferred: list[tuple[Any, Any]] = []

    def _begin(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.begin()
        return self._connection

    async def run(self, function: Callable[[Connection], T]) -> T:
        """Calls a function with the connection, in one step."""
        return await finish_despite_cancellation(self._run(lambda: function(self._begin())))

    async def execute(self, statement: Any, values: Any = None) -> StatementResult:
        def execute(connection: Connection) -> StatementResult:
            result = connection.execute(statement, values)
            return StatementResult(list(result.all()) if result.returns_rows else [], result.rowcount)

        return await self.run(execute)

    def defer(self, statement: Any, values: Any = None) -> None:
        self._deferred.append((statement, values))

    async def commit(self) -> None:
        def commit(connection: Connection) -> None:
            for statement, values in self._deferred:
                connection.execute(statement, values)
            connection.commit()
            self._close()

        if self._deferred or self._connection is not None:
            await self.run(commit)

    async def close(self) -> None:
        """Rolls back what is not committed."""
        if self._connection is not None:
            await finish_despite_cancellation(self._run(self._close))

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@contextlib.asynccontextmanager
async def transaction(engine: Engine, run: Run) -> AsyncIterator[Transaction]:
    """Opens a transaction, committed at the end of the block, and rolled back by an exception."""
    transaction = Transaction(engine, run)
    try:
        yield transaction
        await transaction.commit()
    finally:
        await transaction.close()
