"""The output of commands cannot control the terminal, and fits its encoding."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.command_line import COMMAND, run_command
from tui import cli
from tui.cli.terminal import LOOK_ALIKES

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
HOSTILE = "\x1b[2J\x1b[1Ared\x1b[31m\x9b2J\x9d0;t\x9c\u202eevil\u2066\r\x08\x1b]0;title"
PRINTING = re.compile(
    r"click\.(s?echo|confirm|prompt)|(?<![\w.])print\(|std(out|err)\.write|stdin\.read\(\)|json\.dumps"
)


def start(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHONUNBUFFERED": ""}
    options = {"capture_output": True, "timeout": 100, "env": environment} | options
    return subprocess.run([COMMAND, *map(str, arguments)], **options)  # type: ignore[call-overload,no-any-return]


def test_all_commands_print_through_one_function() -> None:
    folder = Path(str(cli.__file__)).parent
    for path in folder.rglob("*.py"):
        if path.name != "terminal.py":
            for number, line in enumerate(path.read_text().splitlines(), 1):
                assert not PRINTING.search(line) or "console.print(" in line, f"{path}:{number}: {line}"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A file that prints, raises and contains what controls a terminal."""
    source = tmp_path / "hostile.py"
    source.write_text(f"print({HOSTILE!r})\nprint('after')\nclass CausalAttention:\n    def __init__(self, *a, **k):\n"
                      f"        raise ValueError('\\ud800' + {HOSTILE!r})  # \x1b[2J\u202e\n")  # fmt: skip
    return source


def test_what_a_solution_prints_and_raises_is_cleaned(hostile: Path) -> None:
    result = start("check", "causal-attention", "--source", hostile, "--json")
    verdict = result.stdout.decode()
    assert result.returncode == 1 and not result.stderr
    assert not CONTROLS.search(verdict)
    assert "ValueError: ?" in json.loads(verdict)["message"]  # UTF-8 cannot hold half of a surrogate pair


def test_the_learners_files_and_attempts_are_cleaned(hostile: Path, workspace_root: Path) -> None:
    run_command("list")
    [path] = workspace_root.rglob("causal_attention.py")
    path.write_bytes(hostile.read_bytes())
    result = start("check", "causal-attention")
    text = result.stdout.decode()
    assert result.returncode == 1 and not result.stderr
    assert not CONTROLS.search(text)
    assert "raises ValueError: ?redevil" in text and text.endswith("  after\n")
    run_command("project", "new", "tales")
    (workspace_root / "projects/tales/CHECKLIST.md").write_text(f"## {HOSTILE}\n- [ ] {HOSTILE}\n")
    (workspace_root / "projects/tales/PRESENT.md").write_text(f"# {HOSTILE}\n\n{HOSTILE}\n")
    for command in ("history causal-attention", "diff causal-attention", "project", "project tick 1",
                    "project present --plain", f"check {HOSTILE.replace(' ', '')}", f"glossary {HOSTILE}"):  # fmt: skip
        result = start(*command.split())
        assert not CONTROLS.search((result.stdout + result.stderr).decode()), command
        assert b"Traceback" not in result.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "ISO-8859-1"])
def test_output_in_a_different_encoding(encoding: str, hostile: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    check = f"check causal-attention --source {hostile}" if encoding == "cp1252" else "task causal-attention"
    for command in ("list", "solution causal-attention --yes", check, "glossary softmax", "check nothing…"):
        result = start(*command.split(), env=environment)
        assert b"Traceback" not in result.stderr and result.returncode in (0, 1, 2), command
        assert result.stdout.decode(encoding) or result.stderr
    assert "x The file" not in start("list", env=environment).stdout.decode(encoding)
    assert all(replacement.isascii() for replacement in LOOK_ALIKES.values())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full exists on Linux only")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written(unbuffered: str, hostile: Path) -> None:
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    check = f"check causal-attention --source {hostile}" if unbuffered else "task causal-attention"
    for command in ("list", "--help", "settings --json", check):
        with open("/dev/full", "wb") as full:
            result = start(*command.split(), env=environment, capture_output=False, stdout=full, stderr=subprocess.PIPE)
        assert (result.returncode, result.stderr) == (
            2, b"The output cannot be written: No space left on device.\n"), command  # fmt: skip


def test_input_that_is_no_text() -> None:
    for command in ("cowork say -", "check --batch -", "join"):
        result = start(*command.split(), input=b"a\xffb")
        assert result.returncode == 2
        assert b"byte 0xff at position 1 is not UTF-8" in result.stderr and b"Traceback" not in result.stderr
