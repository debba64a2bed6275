"""A model hub that serves one file from this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Hub:
    """A hub that sends `data`; with `stops_at` it ends the connection there, once."""

    data: bytes
    url: str = ""
    stops_at: int | None = None
    status: int = 200
    requests: list[tuple[str, str | None]] = field(default_factory=list)  # path, Range


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            hub.requests.append((self.path, wanted))
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            if hub.status != 200:
                self.send_error(hub.status)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(hub.data) - start))
            self.end_headers()
            end, hub.stops_at = hub.stops_at, None
            self.wfile.write(hub.data[start:end])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
