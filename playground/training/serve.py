"""Trains in a process of its own, which reads requests from stdin and writes events to stdout as JSON lines.

Only this process loads torch and the learner's parts. At the end of stdin, because the program has ended, it saves a
checkpoint and stops, as it does for SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from playground.finetune_messages import Finetune, FinetuneRequest, UseAdapter
from playground.grpo_messages import Grpo
from playground.training.controls import Controls, Stopped
from playground.training_messages import (
    Begin,
    Control,
    Ended,
    Note,
    Preparing,
    TrainingEvent,
    decode_request,
    encode,
)

if TYPE_CHECKING:
    from playground.training.run_folder import RunFolder


class Output:
    """Writes events. When nobody reads them any more, the training stops and saves."""

    def __init__(self, stdout: BinaryIO, controls: Controls) -> None:
        self.stdout, self.controls = stdout, controls

    def send(self, event: TrainingEvent) -> None:
        try:
            self.stdout.write(encode(event) + b"\n")
            self.stdout.flush()
        except OSError:
            self.controls.set("stop")


def read_requests(stdin: BinaryIO, controls: Controls) -> None:
    """Applies every request after the first, and stops the training at the end of stdin."""
    for line in stdin:
        request = decode_request(line)
        if isinstance(request, Control):
            controls.set(request.action)
    controls.set("stop")


def train(begin: Begin | FinetuneRequest | Grpo, controls: Controls, output: Output) -> Ended:
    """Trains as asked. Everything that can go wrong becomes the message of the Ended event."""
    from playground.host.host_error import HostError
    from playground.training.checkpoints import FolderError
    from playground.training.run_folder import open_existing, open_new
    from playground.training.text_data import TextError

    try:
        if isinstance(begin, Finetune):
            from playground.training.finetune_run import finetune

            return finetune(begin, controls, output.send)
        if isinstance(begin, Grpo):
            from playground.training.grpo_run import reinforce

            return reinforce(begin, controls, output.send)
        if isinstance(begin, UseAdapter):
            from playground.training.finetune_use import use_adapter

            return use_adapter(begin, output.send)
        out = Path(begin.out)
        opened = (
            open_new(out, begin.recipe) if begin.recipe else open_existing(out, begin.steps, begin.minutes)
        )  # fmt: skip
        with opened as folder:
            return _train_in(folder, begin, controls, output)
    except Stopped:
        return Ended("stopped", 0, None, message="Stopped before the first step.")
    except (FolderError, TextError, HostError) as error:
        return Ended("failed", 0, None, message=str(error), wrong_usage=True)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        return Ended("failed", 0, None, message=f"The training could not begin: {error.strerror}{where}.")


def _train_in(folder: RunFolder, begin: Begin, controls: Controls, output: Output) -> Ended:
    import torch

    from playground.training.confinement import confine
    from playground.training.fused_gpt import use_fast_products
    from playground.training.model_building import build_model
    from playground.training.text_data import prepare
    from playground.training.trainer import Trainer

    recipe = folder.recipe
    torch.set_num_threads(recipe.thread_count)
    use_fast_products()

    def report(what: str, done: float) -> None:
        controls.check()
        output.send(Preparing(what, round(done, 3)))

    data = folder.read_data()
    if data is None:
        data = prepare(recipe, report)
        folder.write_data(*data)
    tokenizer, tokens = data
    torch.manual_seed(recipe.seed)
    if recipe.parts:
        confine(folder.path)
    trained = build_model(recipe, tokenizer.vocab_size, recipe.parts, begin.files)
    if begin.recipe is not None:
        folder.write_start(trained.sizes)
    trainer = Trainer(folder, trained, tokenizer, tokens, controls, output.send)
    step, state, metadata, notes = folder.load()
    if state:
        trainer.restore(step, state, metadata)
    folder.cut_log(step)
    for note in [*notes, *trained.notes]:
        trainer.send(Note(note))
    return trainer.run()


def main() -> None:
    stdin, stdout = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)  # what the learner's code prints
    controls = Controls()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program that started this process decides
    signal.signal(signal.SIGTERM, lambda *_: controls.set("stop"))
    output = Output(stdout, controls)
    try:
        begin = decode_request(stdin.readline())
        assert not isinstance(begin, Control)
    except (msgspec.MsgspecError, AssertionError) as error:
        sys.exit(f"invalid request: {error}")
    threading.Thread(target=read_requests, args=(stdin, controls), daemon=True).start()
    output.send(train(begin, controls, output))
    sys.stderr.flush()
    os._exit(0)  # taking PyTorch down takes a second, for which the app would wait


if __name__ == "__main__":
    main()
