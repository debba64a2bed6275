"""The process in which a model runs: requests come in on stdin, events go out on stdout, a JSON line each.

torch and the learner's code are loaded here and nowhere else in the playground. A thread reads the requests,
so that a cancel is seen while the model works; the process ends when stdin does, whatever it is doing.
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
    """The request was cancelled; no `except Exception` of the learner's stops it."""


class Inbox:
    """Reads requests in a thread of its own. A cancel takes effect at once, the rest waits for its turn."""

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
        # the app has gone: nobody reads the rest, and the learner's code may never end by itself
        os._exit(0)

    def check(self, request: int) -> None:
        """Raises Cancelled if this request, or a later one, was cancelled."""
        if request <= self._cancelled:
            raise Cancelled


class Host:
    """Carries out one request after the other."""

    def __init__(self, inbox: Inbox, stdout: BinaryIO) -> None:
        self.inbox, self.stdout = inbox, stdout

    def send(self, event: Event) -> None:
        self.stdout.write(encode(event) + b"\n")
        self.stdout.flush()

    def open(self, request: Open) -> None:
        """Loads the model and the learner's parts; sends Opened, or Failed with request 0."""
        import torch

        from playground.cached_model import CachedModel
        from playground.learner_parts import load_mine
        from reference.gguf_file import GGUFError
        from reference.llama_gguf import load_llama

        if "OMP_NUM_THREADS" not in os.environ:
            # one core stays free: a thread that has to wait for its core holds up all the others
            torch.set_num_threads(max(1, min(MAX_THREADS, (os.cpu_count() or 1) - 1)))
        try:
            loaded = load_llama(Path(request.model))
        except (GGUFError, OSError) as error:
            self.send(Failed(0, f"The model file could not be loaded: {error}"))
            return
        self.tokenizer, self.cached = loaded.tokenizer, CachedModel(loaded.model)
        passed = [(exercise, Path(path)) for exercise, path in request.passed]
        self.mine = load_mine(passed, Path(request.workspace) if request.workspace else None)
        context_length = loaded.model.cfg.context_length
        self.send(Opened(loaded.name, context_length, self.mine.whose(), self.mine.notes))

    def generate(self, request: Generate) -> None:
        """Sends Started, the tokens as Answers, and then Done or Failed."""
        from playground.generation import answer, prepare
        from playground.learner_parts import LearnerError
        from reference.chat_template import ChatTemplateError

        def send(token: Token) -> None:
            self.send(Answer(request.request, token))

        def check() -> None:
            self.inbox.check(request.request)

        context_length = self.cached.model.cfg.context_length
        try:
            prompt = prepare(self.tokenizer, context_length, request.messages, request.sampling, request.chat)
            notes = list(prompt.notes)
            if self.mine.generate and request.sampling.top_p is not None:
                notes.append("Your generate has no top_p: it is left out.")
            self.send(Started(request.request, len(prompt.ids), notes))
            answer(self.cached, self.tokenizer, prompt, request.sampling, self.mine, check, send)
        except Cancelled:
            self.send(Done(request.request, cancelled=True))
        except (LearnerError, ChatTemplateError) as error:
            self.send(Failed(request.request, str(error)))
        else:
            self.send(Done(request.request))

    def run(self) -> None:
        while True:
            request = self.inbox.requests.get()
            if isinstance(request, Open):
                self.open(request)
            elif isinstance(request, Generate):
                self.generate(request)


def private_streams() -> tuple[BinaryIO, BinaryIO]:
    """stdin and stdout for us alone: what the learner's code prints goes to stderr; what it reads is empty."""
    stdin, stdout = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return stdin, stdout


def main() -> None:
    stdin, stdout = private_streams()
    try:
        Host(Inbox(stdin), stdout).run()
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # the app has gone
    except msgspec.MsgspecError as error:
        sys.exit(f"a request could not be understood: {error}")


if __name__ == "__main__":
    main()
