"""A tiny wheel, and a local package index that can pause in the middle of the download."""

import hashlib
import random
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playground.catalogue import Asset

CONTENT = random.Random(0).randbytes(3_000_000)
WHEEL = "tiny_asset-1.0-py3-none-any.whl"

INSTALLED_FILES = ["models/tiny/LICENSE", "models/tiny/ORIGIN.txt", "models/tiny/data.bin"]

TINY = Asset(
    name="tiny",
    title="Tiny",
    description="A file of random bytes.",
    licence="CC0-1.0",
    origin="Made by a test.",
    package="tiny-asset",
    version="1.0",
    member="tiny_asset/data.bin",
    file_name="data.bin",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    size_bytes=len(CONTENT),
    download_bytes=len(CONTENT),
    is_model=True,
)


def write_wheel(folder: Path, content: bytes = CONTENT) -> Path:
    """Writes a wheel that pip accepts; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    info = "tiny_asset-1.0.dist-info"
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr(TINY.member, content)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-asset\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/LICENSE", "Do what you like.\n")
        wheel.writestr(f"{info}/RECORD", "")
    return folder / WHEEL


@dataclass
class Index:
    """A running index, which sets `halfway` after half of the wheel and sends the rest slowly until `resume` is set."""

    url: str = ""
    downloads: int = 0
    aborted: int = 0  # downloads that the client aborted
    resume: threading.Event = field(default_factory=threading.Event)
    halfway: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve(wheel: Path) -> Iterator[Index]:
    index, data = Index(), wheel.read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = data
            if not self.path.endswith(".whl"):
                body = f'<html><body><a href="/{WHEEL}">{WHEEL}</a></body></html>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if body is not data else "application/zip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if body is not data:
                self.wfile.write(body)
                return
            index.downloads += 1
            try:
                self.wfile.write(data[: len(data) // 2])
                index.halfway.set()
                # byte by byte, so that pip continues to report progress
                for at in range(len(data) // 2, len(data)):
                    if index.resume.wait(0.05):
                        self.wfile.write(data[at:])
                        return
                    self.wfile.write(data[at : at + 1])
            except OSError:
                index.aborted += 1

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    index.url = f"http://127.0.0.1:{server.server_port}/simple"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield index
    finally:
        index.resume.set()
        server.shutdown()
        server.server_close()
        thread.join()


def changed_asset(**fields: object) -> Asset:
    return replace(TINY, **fields)  # type: ignore[arg-type]


def files_in(folder: Path) -> list[str]:
    """The files in the data folder, except locks."""
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"
    )
