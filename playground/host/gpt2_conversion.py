"""Checks a file with GPT-2's weights and converts it to the form that the host loads.

It runs in a process of its own, `python -m playground.host.gpt2_conversion SOURCE TARGET`, because the app never
imports torch. The process prints the model's title, or exits with 1 and prints what is wrong with the file.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import fromscratch
from playground.fetch import FetchCancelled, FetchError, WrongFile

POLL_INTERVAL = 0.1  # seconds between two checks for a cancellation


def convert(source: Path, target: Path, cancelled: Callable[[], bool]) -> str:
    """Writes the model file `target`; returns the model's title. Raises WrongFile, FetchCancelled or FetchError."""
    command = fromscratch.command("playground.host.gpt2_conversion", str(source.absolute()), str(target))
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        errors="replace", env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    ) as process:  # fmt: skip
        try:
            while True:
                try:
                    output, errors = process.communicate(timeout=POLL_INTERVAL)
                    break
                except subprocess.TimeoutExpired:
                    if cancelled():
                        raise FetchCancelled from None
        finally:
            process.kill()
    if process.returncode == 0:
        return output.strip()
    if process.returncode == 1 and output:
        raise WrongFile(f"{output.strip()} Nothing was installed.")
    last_line = errors.strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
    raise FetchError(f"The weights could not be converted: {last_line[0]}. The machine may be out of memory.")


def write_model(source: Path, target: Path) -> str:
    """Converts a file; returns the model's title. Raises GPT2FileError or OSError."""
    import torch

    from reference.gpt2_file import load_gpt2, title_of
    from reference.llama_gguf import fast_layout

    gpt, cfg = load_gpt2(source)
    for parameter in {id(parameter): parameter for parameter in gpt.parameters()}.values():
        parameter.data = fast_layout(parameter.data)
    weights = {name: parameter.data for name, parameter in gpt.named_parameters(remove_duplicate=False)}
    title = title_of(cfg)
    torch.save({"title": title, "cfg": cfg, "weights": weights}, target)
    return title


def main() -> None:
    source, target = (Path(argument) for argument in sys.argv[1:3])
    from reference.gpt2_file import GPT2FileError

    try:
        print(write_model(source, target))
    except GPT2FileError as error:
        print(error)
        sys.exit(1)


if __name__ == "__main__":
    main()
