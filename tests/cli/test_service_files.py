"""`fromscratch host --service`: files for systemd and launchd, read by the tools that use them where they are there."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.command_line import invoke
from tui.cli import service_files
from tui.cli.service_files import launchd_plist, systemd_unit

ROOT = Path(service_files.__file__).parents[2]
ODD = ["/opt/my hub/bin/fromscratch", "host", "--title", 'Owls & "bats" 100% $HOME', "--data", "/srv/it's; here"]


def test_a_unit_for_systemd(tmp_path: Path) -> None:
    unit = systemd_unit("host", ODD)
    assert r'ExecStart="/opt/my hub/bin/fromscratch" host --title "Owls & \"bats\" 100%% $$HOME" --data' in unit
    if shutil.which("systemd-analyze"):
        file = tmp_path / "fromscratch-hub.service"
        file.write_text(systemd_unit("host", [sys.executable, *ODD[1:]]))
        done = subprocess.run(
            ["systemd-analyze", "verify", "--user", file], capture_output=True, text=True, timeout=60, check=False,
            env={"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        assert "fromscratch-hub.service:" not in done.stderr and not done.returncode, done.stderr


def test_an_agent_for_launchd() -> None:
    agent = plistlib.loads(launchd_plist("host", ODD, Path("/srv/a&b/hub.log")).encode())
    assert agent["ProgramArguments"] == ODD
    assert agent["Label"] == "fromscratch-hub"
    assert agent["KeepAlive"] == {"SuccessfulExit": False} and agent["StandardOutPath"] == "/srv/a&b/hub.log"


def test_the_service_has_the_options_of_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    (tmp_path / "url").write_text("postgresql://host/name")
    options = (
        "--address", "0.0.0.0", "--database-file", "url", "--title", "Owls", "--public-address", "a:1",
        "--public-address", "b:2", "--trust-members", "--invite", "5", "--data", "hub",
    )  # fmt: skip
    printed = invoke("host", *options, "--service", "-")
    assert printed.exit_code == 0
    (line,) = [line for line in printed.stdout.splitlines() if line.startswith("ExecStart=")]
    assert line.split(" host ")[1] == (
        f"--data {tmp_path}/hub --address 0.0.0.0 --database-file {tmp_path}/url --title Owls --public-address a:1 "
        "--public-address b:2 --trust-members"
    )
    monkeypatch.setattr(service_files, "_place", lambda system, name: tmp_path / "units" / "hub.service")
    written = invoke("host", *options, "--service")
    assert written.exit_code == 0 and "systemctl --user enable --now fromscratch-hub" in written.stdout
    assert (tmp_path / "units" / "hub.service").read_text() == printed.stdout
    assert invoke("host", *options, "--service").exit_code == 0  # the same again
    other = invoke("host", "--service")
    assert other.exit_code == 1 and "different content" in other.stderr
    worker = invoke("worker", "--database-file", "url", "--jobs", "2", "--service", "-")
    assert f" worker --database-file {tmp_path}/url --jobs 2\n" in worker.stdout
    variable = invoke("host", "--service", "-", env={"FROMSCRATCH_DATABASE": "postgresql://u:secret@h/n"})
    assert variable.exit_code == 2 and "--database-file" in variable.stderr and "secret" not in variable.output


def test_the_image_contains_what_the_package_needs() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = {word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]}
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(packaged["only-include"]) <= copied and all((ROOT / name).exists() for name in copied)
    ignored = set((ROOT / ".dockerignore").read_text().splitlines())
    assert ".venv" in ignored and not copied & ignored
