"""Downloads a model's file from a model hub, at a pinned revision; it must have the pinned size and SHA-256.

urllib applies the machine's proxy and certificates.
"""

import hashlib
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

from playground.catalogue import HubModel
from playground.fetch import CHUNK, FetchCancelled, FetchError, Progress, WrongFile

TIMEOUT = 30  # seconds without a byte


def manual_steps(model: HubModel) -> str:
    return (
        f"To install it manually, download {model.url} on a machine that can reach the hub, copy the file here, and "
        f"run `fromscratch models add {model.name} --from FILE`."
    )


def download(model: HubModel, folder: Path, progress: Progress, cancelled: Callable[[], bool]) -> Path:
    """Downloads the file into the folder, continuing an interrupted download; returns its path.

    Raises FetchCancelled, WrongFile, or FetchError if the hub cannot be reached.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / model.member
    done = path.stat().st_size if path.exists() else 0
    if done < model.download_bytes:
        progress(done, model.download_bytes, "contacting the model hub")
        try:
            _receive(model, path, done, progress, cancelled)
        except urllib.error.HTTPError as error:
            raise FetchError(f"The model hub answers {error.code} ({error.reason}). {manual_steps(model)}") from error
        except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
            reason = getattr(error, "reason", None) or str(error) or type(error).__name__
            raise FetchError(
                f"The model hub could not be reached ({reason}). Check the network, then try again. "
                f"{manual_steps(model)}"
            ) from error
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if cancelled():
                raise FetchCancelled
            digest.update(chunk)
    if path.stat().st_size != model.download_bytes or digest.hexdigest() != model.sha256:
        path.unlink()
        raise WrongFile(f"The hub's file is not the expected one: its checksum differs. {manual_steps(model)}")
    return path


def _receive(model: HubModel, path: Path, done: int, progress: Progress, cancelled: Callable[[], bool]) -> None:
    """Appends the rest of the file, or writes all of it if the hub does not send a part."""
    request = urllib.request.Request(model.url, headers={"Range": f"bytes={done}-"} if done else {})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
        if response.status != 206:
            done = 0
        with path.open("ab" if done else "wb") as file:
            while done <= model.download_bytes and (chunk := response.read(1 << 16)):
                if cancelled():
                    raise FetchCancelled
                file.write(chunk)
                done += len(chunk)
                progress(min(done, model.download_bytes), model.download_bytes, "downloading")
    if done < model.download_bytes:
        raise ConnectionError(f"it ended the download after {done:,} of {model.download_bytes:,} bytes")
