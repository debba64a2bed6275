"""`fromscratch chat`: a conversation with a model, line by line."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

import click

from playground.conversation import Conversation
from playground.session import Sampling, Session, SessionError
from tui.cli.terminal import echo

PROMPT = "› "
NEW = "/new"


@click.command("chat")
@click.option("--model", default="smollm2", show_default=True, help="Talk to this model.")
@click.option("--adapter", type=click.Path(path_type=Path), metavar="DIR",
              help="Change the model by what `fromscratch finetune` has written to this folder.")  # fmt: skip
@click.option("--system", default="", metavar="TEXT", help="Tell the model how to answer, before the conversation.")
@click.option("--greedy", is_flag=True, help="Always choose the most probable token.")
@click.option("--temperature", type=click.FloatRange(0.0, 10.0), default=0.8, show_default=True)
@click.option("--seed", type=int, help="Seed the random draws; the same seed gives the same tokens.")
@click.option("--max-tokens", type=click.IntRange(1), default=400, show_default=True, help="Of each answer.")
def chat_command(
    model: str, adapter: Path | None, system: str, greedy: bool, temperature: float, seed: int | None, max_tokens: int
) -> None:
    """Talk to a model. Each line is a prompt; the model reads the whole conversation.

    Ctrl-C stops an answer, Ctrl-D or the end of the input ends the conversation, and a line with /new begins a new one.
    """
    sampling = Sampling(temperature=temperature, seed=seed, greedy=greedy, max_tokens=max_tokens)
    chat = Chat(Session(model, adapter=adapter), Conversation(system), sampling)
    with asyncio.Runner() as runner:
        try:
            sys.exit(chat.run(runner))
        except KeyboardInterrupt:
            sys.exit(130)
        finally:
            runner.run(chat.session.close())


class Chat:
    """Reads lines, and answers each while no other is read."""

    def __init__(self, session: Session, conversation: Conversation, sampling: Sampling) -> None:
        self.session, self.conversation, self.sampling = session, conversation, sampling
        self.interactive = sys.stdin.isatty()

    def run(self, runner: asyncio.Runner) -> int:
        """Returns the exit code: 1 if the model could not answer a line."""
        try:
            runner.run(self.session.open())
        except SessionError as error:
            echo(error, err=True)
            return 1
        if self.interactive:
            echo(
                f"{self.session.name}. Ctrl-C stops an answer, Ctrl-D ends, {NEW} begins a new conversation.", err=True
            )
        for note in self.session.notes:
            echo(note, err=True)
        code = 0
        while (line := self._read_line()) is not None:
            if line.strip() == NEW:
                self.conversation.clear()
            elif line.strip():
                try:
                    runner.run(self._answer(line.strip()))
                except KeyboardInterrupt:
                    echo(" [stopped]", err=True)
                except SessionError as error:
                    echo(error, err=True)
                    code = 1
        return code

    async def _answer(self, prompt: str) -> None:
        text = ""
        try:
            async with contextlib.aclosing(self.conversation.reply(self.session, prompt, self.sampling)) as tokens:
                async for token in tokens:
                    if token.index == 0 and self.session.chats:
                        for note in self.session.notes:
                            echo(note, err=True)
                    if token.text:
                        text = token.text
                        echo(text, nl=False)
        finally:
            if not text.endswith("\n"):
                echo()
        if self.interactive:
            echo(f"({self.conversation.context(self.session)})", err=True)

    def _read_line(self) -> str | None:
        """Returns the next line, or None at the end of the input."""
        if not self.interactive:
            return sys.stdin.readline() or None
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  (lets the line be edited, and keeps a history)
        while True:
            try:
                return input(PROMPT)
            except EOFError:
                echo()
                return None
            except KeyboardInterrupt:
                echo("\nCtrl-D ends the conversation.", err=True)
