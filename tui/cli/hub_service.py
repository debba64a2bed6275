"""Service files that keep a hub running: a systemd unit of the user (Linux) and a launchd agent (macOS)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import click

from tui.cli.terminal import echo

LABEL = "fromscratch-hub"
UNIT = """\
[Unit]
Description=The hub of a study group (fromscratch)
StartLimitIntervalSec=300
StartLimitBurst=10

[Service]
ExecStart={command}
Restart=on-failure
RestartSec=2
KillMode=mixed
TimeoutStopSec=20
Environment=PYTHONUNBUFFERED=1

[Install]
WantedBy=default.target
"""
PLIST = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>{label}</string>
  <key>ProgramArguments</key>
  <array>
{arguments}
  </array>
  <key>EnvironmentVariables</key><dict><key>PYTHONUNBUFFERED</key><string>1</string></dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>StandardOutPath</key><string>{log}</string>
  <key>StandardErrorPath</key><string>{log}</string>
</dict>
</plist>
"""
NEXT_STEPS = {
    "linux": (
        "systemctl --user daemon-reload",
        f"systemctl --user enable --now {LABEL}",
        "loginctl enable-linger               # it also runs while you are not logged in",
        f"journalctl --user -u {LABEL}   # the log, with your invite as organiser at the first start",
    ),
    "darwin": (
        "launchctl bootstrap gui/$(id -u) {file}",
        "tail -f {log}   # the log, with your invite as organiser at the first start",
    ),
}


def systemd_unit(command: Sequence[str]) -> str:
    """Returns the unit that runs a command."""
    return UNIT.format(command=" ".join(_quoted(word) for word in command))


def _quoted(word: str) -> str:
    """Quotes a word of ExecStart, in which systemd expands % and $."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if escaped != word or not word or any(c.isspace() or c in "';" for c in word) else word


def launchd_plist(command: Sequence[str], log: Path) -> str:
    """Returns the agent that runs a command."""
    arguments = "\n".join(f"    <string>{escape(word)}</string>" for word in command)
    return PLIST.format(label=LABEL, arguments=arguments, log=escape(str(log)))


def write_service(target: str, options: Sequence[str], data: Path) -> None:
    """Writes the service file of this system that runs `fromscratch host` with these options: to a file, to standard
    output ("-"), or where the system looks for it (""); then prints how to start it. Raises ClickException."""
    from learner import files

    program = Path(sys.argv[0]).resolve()
    starter = [str(program)] if program.name == "fromscratch" else [sys.executable, "-m", "tui"]
    command = [*starter, "host", *options]
    system = "darwin" if sys.platform == "darwin" else "linux"
    log = data / "hub.log"
    text = launchd_plist(command, log) if system == "darwin" else systemd_unit(command)
    if target == "-":
        echo(text.rstrip("\n"))
        return
    if sys.platform == "win32" and not target:
        raise click.ClickException("Windows has neither systemd nor launchd: start the hub with the Task Scheduler.")
    file = Path(target) if target else _place(system)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        data.mkdir(0o700, parents=True, exist_ok=True)  # for the log
        if file.exists() and file.read_text(encoding="utf-8") != text:
            raise click.ClickException(f"{file} exists with different content. Remove it, or name a different file.")
        files.overwrite(file, text.encode())
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} cannot be written: {error}.") from None
    echo(f"Written: {file}\nStop a hub that already runs over {data}, then:\n")
    for step in NEXT_STEPS[system]:
        echo(f"  {step.format(file=file, log=log)}")


def _place(system: str) -> Path:
    if system == "darwin":
        return Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    return Path.home() / ".config" / "systemd" / "user" / f"{LABEL}.service"
