"""Implements `fromscratch generate`: streams the answer to a prompt. Never imports torch."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from playground.messages import LearnerFile
from playground.session import Sampling, Session, SessionError


def to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def stream(
    prompt: str,
    model: str,
    sampling: Sampling,
    choices: Mapping[str, str],
    read_files: Callable[[], Sequence[LearnerFile]],
    write: Callable[[str], None],
    notify: Callable[[str], None] = to_stderr,
    exact: bool = False,
    adapter: Path | None = None,
) -> int:
    """Writes the answer and a final newline; returns the exit code, 1 if the model cannot answer.

    `choices` and `read_files` are the learner's parts, as for a Session; without any, all are the reference's. `exact`
    computes in float32, and `adapter` is the folder of a fine-tuning that changes the model. `notify` receives
    everything else: whose parts are used, deviations from the request, and errors.
    """
    text = ""
    session = Session(model, choices, read_files, exact=exact, adapter=adapter)
    try:
        async with session:
            if session.yours:
                notify(f"Your parts: {', '.join(session.yours)}. The other parts are the reference's.")
            elif choices:
                notify("All parts are the reference's.")
            for fault in session.faults:
                notify(fault.message)
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
