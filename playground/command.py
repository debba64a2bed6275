"""Implements `fromscratch generate`: streams the answer to a prompt. Never imports torch."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from playground.session import Sampling, Session, SessionError


def to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def stream(
    prompt: str,
    model: str,
    sampling: Sampling,
    parts: Sequence[tuple[str, Path]],
    write: Callable[[str], None],
    notify: Callable[[str], None] = to_stderr,
    workspace: Path | None = None,
    exact: bool = False,
) -> int:
    """Writes the answer and a final newline; returns the exit code, 1 if the model cannot answer.

    `parts` are the learner's passed files as (exercise id, path); without any, the reference's parts are used.
    `exact` computes in float32.
    `notify` receives everything else: whose parts are used, deviations from the request, and errors.
    """
    text = ""
    session = Session(model, "mine" if parts else "reference", workspace, parts, exact=exact)
    try:
        async with session:
            if yours := [name for name, owner in session.parts_used if owner == "yours"]:
                notify(f"Your parts: {', '.join(yours)}. The other parts are the reference's.")
            elif parts:
                notify("This model uses none of your passed parts; all parts are the reference's.")
            for note in session.notes:
                notify(note)
            async for token in session.generate(prompt, sampling):
                if token.index == 0:
                    for note in session.notes:
                        notify(note)
                if token.text:
                    text = token.text
                    write(text)
            if not text.endswith("\n"):
                write("\n")
    except SessionError as error:
        if text:
            write("\n")
        notify(str(error))
        return 1
    return 0
