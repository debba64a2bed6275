"""Runs a training process for a command: prints its events, and stops it when the user does."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

import msgspec

from playground.finetune_messages import FinetuneRequest
from playground.grpo_messages import Grpo
from playground.training_messages import Begin, Ended, TrainingEvent
from playground.training_process import TrainingProcess
from tui.cli.terminal import echo, echo_json

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


async def run_training(
    request: Begin | FinetuneRequest | Grpo, line: Callable[[TrainingEvent], str], as_json: bool
) -> int:
    """Returns the exit code at the end of the training. `line` words an event, or returns "" for one to leave out.

    The first Ctrl-C saves and stops, the second one stops immediately.
    """

    def write(event: TrainingEvent) -> None:
        if as_json:
            echo_json(msgspec.to_builtins(event))
        elif text := line(event):
            echo(text)

    training = await TrainingProcess.start(request)
    interrupts = 0

    def interrupt() -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts == 1:
            echo("Stopping after this step and saving. Press Ctrl-C again to stop without saving.", err=True)
            training.control("stop")
        else:
            training.kill()

    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(interrupt))
    last: TrainingEvent | None = None
    try:
        async for event in training.events():
            write(event)
            last = event
    finally:
        await training.close()  # saves, for example when nobody reads the output any more
    assert isinstance(last, Ended)
    if interrupts > 1 and not as_json:
        return 130
    if last.reason == "failed":
        return 2 if last.wrong_usage else 1
    return 130 if last.reason == "stopped" else 0
