"""What `fromscratch generate` does: a prompt in, the answer out as it comes. Never imports torch."""

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
    tell: Callable[[str], None] = to_stderr,
    workspace: Path | None = None,
) -> int:
    """Writes the answer to prompt, ended by a newline; returns the exit code, 1 if the model cannot answer.

    parts are the learner's passed files, as (exercise id, path): none means the reference's. `tell` gets what
    is not the answer: whose parts are in use, what was done differently from what was asked, errors.
    """
    text = ""
    session = Session(model, "mine" if parts else "reference", workspace, parts)
    try:
        async with session:
            if yours := [name for name, whose in session.parts_used if whose == "yours"]:
                tell(f"Yours: {', '.join(yours)}. The other parts are the reference's.")
            elif parts:
                tell("None of your passed parts fits into this model: all parts are the reference's.")
            for note in session.notes:
                tell(note)
            async for token in session.generate(prompt, sampling):
                if token.index == 0:
                    for note in session.notes:
                        tell(note)
                if token.text:
                    text = token.text
                    write(text)
            if not text.endswith("\n"):
                write("\n")
    except SessionError as error:
        if text:
            write("\n")
        tell(str(error))
        return 1
    return 0
