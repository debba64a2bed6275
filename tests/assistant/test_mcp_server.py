"""`fromscratch mcp` with the SDK's own client over real pipes: an evening of a learner with an assistant."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters, stdio_client

from exercises.load import load_course
from learner.progress import Progress
from learner.workspace import Workspace
from tests.assistant.test_reduced_verdicts import leaks
from tests.support.command_line import COMMAND, invoke, run_command
from tests.support.solutions import correct, mistaken

ID = "stable-softmax"


class Evening:
    """Calls tools, and keeps every answer."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.answers: list[str] = []

    async def text(self, tool: str, **arguments: Any) -> str:
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        self.answers.append("\n".join(getattr(block, "text", "") for block in result.content))
        return self.answers[-1]

    async def data(self, tool: str, **arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await self.text(tool, **arguments))
        return answer

    async def refusal(self, tool: str, **arguments: Any) -> str:
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error
        self.answers.append("\n".join(getattr(block, "text", "") for block in result.content))
        return self.answers[-1]


async def test_an_evening_with_an_assistant(tmp_path: Path) -> None:
    exercise = load_course().exercise(ID)
    workspace = Workspace(tmp_path / "ws", load_course())
    file = workspace.path(exercise)
    environment = {**os.environ, "FROMSCRATCH_CONFIG": str(tmp_path / "config")}
    server = StdioServerParameters(command=COMMAND, args=["--workspace", str(workspace.root), "mcp"], env=environment)
    first, second = (mistaken(exercise, mistake.id) for mistake in exercise.mistakes[:2])
    wrong = [first, f"print('thinking')\n{second}"]
    async with Client(stdio_client(server)) as client:
        evening = Evening(client)
        assert "never" in (workspace.root / "AGENTS.md").read_text()
        assert exercise.stub.strip() in await evening.text("task", exercise=ID)
        assert "is unchanged" in await evening.text("changes", exercise=str(file))
        for source in wrong:
            file.write_text(source)
            verdict = await evening.data("verdict", exercise=ID)
            assert not verdict["passed"] and verdict["known_mistake"]
        # the app beside it, on the same workspace
        with Progress(workspace.progress_path) as beside:
            assert beside.attempt_count(ID) == 2 and beside.take_hint(ID) == 1
            assert "Hint 2" in await evening.text("next_hint", exercise=ID)
            assert "Hint 1" in await evening.text("hints_taken", exercise=ID)
            assert beside.hints(ID) == 2 and beside.assistant_hints(ID) == {2}
        file.write_text(correct(exercise))
        assert (await evening.data("verdict", exercise=ID))["passed"]
        assert (await evening.data("progress"))["passed"] == 1
        listed = await evening.data("exercises")
        assert [e["state"] for month in listed["months"] for e in month["exercises"] if e["id"] == ID] == ["passed"]
        assert "softmax" in (await evening.text("glossary", term="softmax")).lower()
        question = load_course().months[0].quiz.questions[0]  # type: ignore[union-attr]
        asked = await evening.text("quiz_question", month="1")
        assert question.ask in asked and question.right.why not in asked
        assert "Did you mean" in await evening.refusal("task", exercise="stable-softmux")
        assert "not permitted" in await evening.refusal("task", exercize=ID)
        assert "no month" in await evening.refusal("quiz_question", month="13")
        file.unlink()
        assert "reset" in (await evening.data("verdict", exercise=ID))["says"]
        with pytest.raises(MCPError, match="There is no exercise"):
            await client.read_resource("fromscratch://task/none")
    assert sum('"printed": "thinking"' in answer for answer in evening.answers) == 1
    for answer in evening.answers:
        assert not leaks(answer, exercise, "\n".join(wrong)), answer
    root = ["--workspace", workspace.root]
    history = invoke(*root, "history", ID).output
    assert history.count("(asked for by your assistant)") == 4 and "hint 1\n" in history
    assert "asked for by your assistant" in invoke(*root, "hint", ID).output


def test_the_server_ends_with_its_client_and_prints_nothing_else(tmp_path: Path) -> None:
    ended = run_command("--workspace", tmp_path / "ws", "mcp")  # its standard input is at its end
    assert (ended.returncode, ended.stdout) == (0, "")
