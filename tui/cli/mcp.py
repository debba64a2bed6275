"""`fromscratch mcp`: the course's tools for a learner's coding agent."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from grader.check import Grader, new_engine
from playground.store import gpt2_vocabulary
from tui.cli.workspace import open_workspace


@click.command("mcp")
@click.pass_obj
def mcp_command(root: Path) -> None:
    """Serve the course to a coding agent that teaches, over the Model Context Protocol.

    An agent starts this command and speaks with it over standard input and output; it ends with the agent. Register it
    in your agent as a local (stdio) server. Most agents read a file of this form:

    \b
    {"mcpServers": {"fromscratch": {"command": "fromscratch", "args": ["mcp"]}}}

    Give the full path of the command where the agent does not find it (`which fromscratch`), and
    "args": ["--workspace", "DIR", "mcp"] for a different workspace. AGENTS.md in your workspace tells the agent how to
    help: by questions. The tools give the task, the verdict of your file, the known mistake, hints, terms and your
    progress, never the solution or the values that a check expects. A hint that the agent takes counts as yours.
    """
    from tui.assistant.lessons import Lessons
    from tui.assistant.server import build_server

    with open_workspace(root) as (course, workspace, progress):
        engine = new_engine(gpt2_vocabulary())
        server = build_server(Lessons(course, workspace, progress, Grader(engine)), engine.close)
        # Reading standard input would hold up the program after Ctrl-C; the engine ends by itself.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        server.run()
