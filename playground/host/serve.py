"""Runs a model in a process of its own, which reads requests from stdin and writes events to stdout as JSON lines.

Only this process loads torch and the learner's code. A thread reads the requests, so that a request can be cancelled
while the model computes; the process exits at the end of stdin.
"""

import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import msgspec

from playground.host.answering import generate
from playground.host.host_error import Cancelled, HostError
from playground.host.opening import LoadedModel, open_model
from playground.messages import Cancel, Done, Failed, Generate, Open
from playground.protocol import Event, Request, decode_request, encode

# {type of request: its handler, which returns the events before Done}. A handler calls `host.check` between two steps
# that take long, may `host.send` events itself, and raises HostError with a sentence for the user.
HANDLERS: dict[type, Callable[["Host", Any], Iterable[Event]]] = {
    Open: open_model,
    Generate: generate,
}


class RequestReader:
    """Reads requests in a thread. Cancel takes effect immediately; other requests are queued."""

    def __init__(self, stdin: BinaryIO) -> None:
        self.requests: queue.Queue[Request] = queue.Queue()
        self.cancelled: set[int] = set()
        threading.Thread(target=self._read, args=(stdin,), daemon=True).start()

    def _read(self, stdin: BinaryIO) -> None:
        for line in stdin:
            request = decode_request(line)
            if isinstance(request, Cancel):
                self.cancelled.add(request.request)
            else:
                self.requests.put(request)
        # the app has exited, and the learner's code may never return
        os._exit(0)


class Host:
    """Handles requests one after the other. `loaded` is the open model, which every request but Open finds there."""

    loaded: LoadedModel

    def __init__(self, reader: RequestReader, stdout: BinaryIO) -> None:
        self.reader, self.stdout = reader, stdout
        self.request = -1  # the number of the request that is being handled

    def send(self, event: Event) -> None:
        self.stdout.write(encode(event) + b"\n")
        self.stdout.flush()

    def check(self) -> None:
        """Raises Cancelled if the app has cancelled the request that is being handled."""
        if self.request in self.reader.cancelled:
            raise Cancelled

    def handle(self, request: Request) -> None:
        """Sends the events of a request's handler, and then Done or Failed."""
        self.request = request.request
        try:
            self.check()
            for event in HANDLERS[type(request)](self, request):
                self.send(event)
                self.check()
        except Cancelled:
            self.send(Done(request.request, cancelled=True))
        except HostError as error:
            self.send(Failed(request.request, str(error)))
        except Exception as error:
            traceback.print_exc()
            self.send(Failed(request.request, f"The model's process failed with {type(error).__name__}: {error}"))
        else:
            self.send(Done(request.request))
        self.reader.cancelled.discard(request.request)

    def run(self) -> None:
        while True:
            self.handle(self.reader.requests.get())


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
