"""Runs a model in a process of its own, which reads requests from stdin and writes events to stdout as JSON lines.

Only this process loads torch and the learner's code. A thread reads the requests, so that a request can be cancelled
while the model computes; the process exits at the end of stdin.
"""

import os
import queue
import sys
import threading
from pathlib import Path
from typing import BinaryIO

import msgspec

from playground.messages import (
    Answer,
    Cancel,
    Done,
    Event,
    Failed,
    Generate,
    Open,
    Opened,
    Request,
    Started,
    Token,
    decode_request,
    encode,
)

MAX_THREADS = 4


class Cancelled(BaseException):
    """The request was cancelled; `except Exception` in the learner's code does not catch it."""


class RequestReader:
    """Reads requests in a thread. Cancel takes effect immediately; other requests are queued."""

    def __init__(self, stdin: BinaryIO) -> None:
        self.requests: queue.Queue[Request] = queue.Queue()
        self._cancelled = -1
        threading.Thread(target=self._read, args=(stdin,), daemon=True).start()

    def _read(self, stdin: BinaryIO) -> None:
        for line in stdin:
            request = decode_request(line)
            if isinstance(request, Cancel):
                self._cancelled = max(self._cancelled, request.request)
            else:
                self.requests.put(request)
        # the app has exited, and the learner's code may never return
        os._exit(0)

    def check(self, request: int) -> None:
        """Raises Cancelled if this request or a later one was cancelled."""
        if request <= self._cancelled:
            raise Cancelled


class Host:
    """Handles requests one after the other."""

    def __init__(self, reader: RequestReader, stdout: BinaryIO) -> None:
        self.reader, self.stdout = reader, stdout

    def send(self, event: Event) -> None:
        self.stdout.write(encode(event) + b"\n")
        self.stdout.flush()

    def open(self, request: Open) -> None:
        """Loads the model and the learner's parts; sends Opened, or Failed for request 0."""
        import torch

        from playground.host.cached_gpt import CachedGPT, load_model
        from playground.host.cached_model import CachedModel
        from playground.host.gpt2_tokenizer import GPT2Tokenizer
        from playground.host.learner_parts import load_learner_parts
        from playground.host.tokenizer import Tokenizer
        from reference.gguf_file import GGUFError
        from reference.llama import Llama
        from reference.llama_gguf import load_llama

        if "OMP_NUM_THREADS" not in os.environ:
            # One core stays free, because all threads wait for one that has lost its core.
            torch.set_num_threads(max(1, min(MAX_THREADS, (os.cpu_count() or 1) - 1)))
        model: Llama | CachedGPT
        self.tokenizer: Tokenizer
        try:
            if request.vocabulary is None:
                loaded = load_llama(Path(request.model))
                model, self.tokenizer, name = loaded.model, loaded.tokenizer, loaded.name
            else:
                model, name = load_model(Path(request.model))
                self.tokenizer = GPT2Tokenizer(Path(request.vocabulary))
        except (GGUFError, OSError, RuntimeError) as error:  # PyTorch raises RuntimeError for a damaged file
            self.send(Failed(0, f"The model file could not be loaded: {error}"))
            return
        self.cached = CachedModel(model)
        passed = [(exercise, Path(path)) for exercise, path in request.passed]
        self.parts = load_learner_parts(passed, Path(request.workspace) if request.workspace else None)
        context_length = model.cfg.context_length
        self.send(Opened(name, context_length, self.parts.owners(), self.parts.notes))

    def generate(self, request: Generate) -> None:
        """Sends Started, an Answer for each token, and then Done or Failed."""
        from playground.host.generation import generate_answer, prepare_prompt
        from playground.host.learner_parts import LearnerError
        from reference.chat_template import ChatTemplateError

        def send(token: Token) -> None:
            self.send(Answer(request.request, token))

        def check() -> None:
            self.reader.check(request.request)

        context_length = self.cached.model.cfg.context_length
        try:
            prompt = prepare_prompt(self.tokenizer, context_length, request.messages, request.sampling, request.chat)
            notes = list(prompt.notes)
            if self.parts.generate and request.sampling.top_p is not None:
                notes.append("Your generate has no parameter top_p, so top_p is ignored.")
            self.send(Started(request.request, len(prompt.ids), notes))
            generate_answer(self.cached, self.tokenizer, prompt, request.sampling, self.parts, check, send)
        except Cancelled:
            self.send(Done(request.request, cancelled=True))
        except (LearnerError, ChatTemplateError) as error:
            self.send(Failed(request.request, str(error)))
        else:
            self.send(Done(request.request))

    def run(self) -> None:
        while True:
            request = self.reader.requests.get()
            if isinstance(request, Open):
                self.open(request)
            elif isinstance(request, Generate):
                self.generate(request)


def private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Returns the original stdin and stdout; for the learner's code, stdin is empty and stdout leads to stderr."""
    stdin, stdout = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return stdin, stdout


def main() -> None:
    stdin, stdout = private_streams()
    try:
        Host(RequestReader(stdin), stdout).run()
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # the app has exited
    except msgspec.MsgspecError as error:
        sys.exit(f"invalid request: {error}")


if __name__ == "__main__":
    main()
