"""The server of `fromscratch mcp`: offers `Lessons` as tools, resources and a prompt over standard input and output."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations

from exercises.decode import CourseError
from grader.verdict import Event, TrainingStep
from learner.errors import LearnerError
from tui.assistant.lessons import TEACH, LessonError, Lessons

INSTRUCTIONS = f"""\
The learner takes a course in which they build a large language model from scratch, exercise by exercise. {TEACH}
Read `task` first. `verdict` grades the learner's file as it is. `next_hint` counts as the learner's own hint: ask them
before. No tool shows the solution or the values that a check expects."""
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
RECORDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
REPORT_SECONDS = 1.0
EXPECTED_ERRORS = (LessonError, LearnerError, CourseError)


def build_server(lessons: Lessons, close: Callable[[], Awaitable[None]]) -> MCPServer[None]:
    """Returns the server. `close` is awaited when the client has left."""

    @asynccontextmanager
    async def lifespan(_: MCPServer[None]) -> AsyncIterator[None]:
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await close()

    server: MCPServer[None] = MCPServer(
        "fromscratch",
        title="fromscratch",
        instructions=INSTRUCTIONS,
        tools=_tools(lessons),
        log_level="CRITICAL",  # a log would show an agent what the answers leave out
        lifespan=lifespan,
    )
    _add_resources(server, lessons)
    return server


def _tools(lessons: Lessons) -> list[Tool]:
    def reads(call: Callable[[str], str], name: str) -> str:
        try:
            return call(name)
        except EXPECTED_ERRORS as error:
            raise ToolError(str(error)) from None

    def task(exercise: str = "") -> str:
        """The task of an exercise: page, rules, question to predict, starting point, and the learner's state.

        `exercise` is an id, a title or a file of the workspace; without it, the exercise that the learner is at.
        """
        return reads(lessons.task, exercise)

    async def verdict(context: Context, exercise: str = "") -> dict[str, Any]:
        """Grades the learner's file as it is on the disk: every check, the known mistake by name, and the learner's own
        values. The attempt is recorded like one of a save. Expected values are left out.
        """
        try:
            return await lessons.verdict(exercise, _reporting(context))
        except EXPECTED_ERRORS as error:
            raise ToolError(str(error)) from None

    def changes(exercise: str = "") -> str:
        """What the learner has changed in the starting point of an exercise, as a unified diff."""
        return reads(lessons.changes, exercise)

    def hints_taken(exercise: str = "") -> str:
        """The hints that the learner has taken for an exercise. Takes no new one."""
        return reads(lessons.hints_taken, exercise)

    def next_hint(exercise: str = "") -> str:
        """Takes the next hint for an exercise. It counts as the learner's own and stays in their history: ask first."""
        return reads(lessons.next_hint, exercise)

    def exercises() -> dict[str, Any]:
        """All exercises by month, with the learner's state: new, started, failed, passed or again (checks changed)."""
        return lessons.exercises()

    def progress() -> dict[str, Any]:
        """The learner's progress: passes by month, attempts, minutes, streak and quizzes."""
        return lessons.progress()

    def glossary(term: str) -> str:
        """What a term of the course means."""
        return reads(lessons.glossary, term)

    def quiz_question(month: str = "") -> str:
        """The next open question of a month's quiz, without the answer. `month` is 1 to 6 or an id."""
        return reads(lessons.quiz_question, month)

    readers: list[Callable[..., str]] = [task, changes, hints_taken, glossary, quiz_question]
    return [
        *(_tool(reader, READS, structured=False) for reader in readers),
        *(_tool(reader, READS) for reader in (exercises, progress)),
        _tool(verdict, RECORDS),
        _tool(next_hint, RECORDS, structured=False),
    ]


def _tool(call: Callable[..., Any], annotations: ToolAnnotations, structured: bool = True) -> Tool:
    """Returns a tool that refuses arguments which it does not have, as a misspelled one would go unnoticed."""
    tool = Tool.from_function(call, annotations=annotations, structured_output=structured)
    arguments = tool.fn_metadata.arg_model
    arguments.model_config["extra"] = "forbid"
    arguments.model_rebuild(force=True)
    tool.parameters = arguments.model_json_schema(by_alias=True)
    return tool


def _add_resources(server: MCPServer[None], lessons: Lessons) -> None:
    def reads(call: Callable[[str], str], name: str) -> str:
        try:
            return call(name)
        except EXPECTED_ERRORS as error:
            raise ResourceNotFoundError(str(error)) from None

    @server.resource("fromscratch://task/{exercise}", mime_type="text/markdown")
    def task_page(exercise: str) -> str:
        """The task of an exercise."""
        return reads(lessons.task, exercise)

    @server.resource("fromscratch://stub/{exercise}", mime_type="text/x-python")
    def starting_point(exercise: str) -> str:
        """The starting point of an exercise's file."""
        return reads(lessons.stub, exercise)

    @server.prompt()
    def teach(exercise: str = "") -> str:
        """Helps the learner with an exercise by questions."""
        named = f"the exercise {exercise}" if exercise else "the exercise that I am at"
        return f"Help me with {named}. Read its task and my verdict with the tools, then begin with a question. {TEACH}"


def _reporting(context: Context) -> Callable[[Event], None]:
    """Returns a listener that reports the progress of a training to a client that asked for it, once a second."""
    reports: set[asyncio.Task[None]] = set()  # a task is kept alive by a reference only
    last = 0.0

    def on_event(event: Event) -> None:
        nonlocal last
        if isinstance(event, TrainingStep) and time.monotonic() - last >= REPORT_SECONDS:
            last = time.monotonic()
            report = asyncio.create_task(context.report_progress(event.step, event.of))
            reports.add(report)
            report.add_done_callback(reports.discard)

    return on_event
