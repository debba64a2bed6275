"""Service files that keep a hub or a worker running: systemd units of the user (Linux) and launchd agents (macOS)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import click
from click.core import ParameterSource

from tui.cli.database_option import VARIABLE
from tui.cli.terminal import echo

ONCE = ("data", "service", "members", "new_organiser", "check")  # options that a service has not, or not so
UNIT = """\
[Unit]
Description=fromscratch {name}, for a study group
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
        "systemctl --user enable --now {label}",
        "loginctl enable-linger   # it also runs while you are not logged in",
        "journalctl --user -u {label}   # its log; a new hub prints your invite as organiser there",
    ),
    "darwin": (
        "launchctl bootstrap gui/$(id -u) {file}",
        "tail -f {log}   # its log; a new hub prints your invite as organiser there",
    ),
}


def systemd_unit(name: str, command: Sequence[str]) -> str:
    """Returns the unit that runs a command, which starts `fromscratch NAME`."""
    return UNIT.format(name=name, command=" ".join(_quoted(word) for word in command))


def _quoted(word: str) -> str:
    """Quotes a word of ExecStart, in which systemd expands % and $."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if escaped != word or not word or any(c.isspace() or c in "';" for c in word) else word


def launchd_plist(name: str, command: Sequence[str], log: Path) -> str:
    """Returns the agent that runs a command, which starts `fromscratch NAME`."""
    arguments = "\n".join(f"    <string>{escape(word)}</string>" for word in command)
    return PLIST.format(label=_label(name), arguments=arguments, log=escape(str(log)))


def write_service(target: str, context: click.Context, words: Sequence[str], folder: Path) -> None:
    """Writes the service file of this system that runs the command of `context` with its options, after `words`: to a
    file, to standard output ("-"), or where the system looks for it (""); then prints how to start it. The log is in
    `folder` on macOS. Raises ClickException."""
    from learner import files

    name = str(context.command.name)
    program = Path(sys.argv[0]).resolve()
    starter = [str(program)] if program.name == "fromscratch" else [sys.executable, "-m", "tui"]
    command = [*starter, name, *words, *_options(context)]
    system = "darwin" if sys.platform == "darwin" else "linux"
    log = folder / f"{name}.log"
    text = launchd_plist(name, command, log) if system == "darwin" else systemd_unit(name, command)
    if target == "-":
        echo(text.rstrip("\n"))
        return
    if sys.platform == "win32" and not target:
        raise click.ClickException("Windows has neither systemd nor launchd: use its Task Scheduler.")
    file = Path(target) if target else _place(system, name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(0o700, parents=True, exist_ok=True)  # for the log
        if file.exists() and file.read_text(encoding="utf-8") != text:
            raise click.ClickException(f"{file} exists with different content. Remove it, or name a different file.")
        files.overwrite(file, text.encode())
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} cannot be written: {error}.") from None
    echo(f"Written: {file}\nStop what it replaces, if that runs already, then:\n")
    for step in NEXT_STEPS[system]:
        echo(f"  {step.format(label=_label(name), file=file, log=log)}")


def _options(context: click.Context) -> list[str]:
    """Returns the options of this command line as a service passes them: with absolute paths, and without those that
    act only once. Raises UsageError."""
    words: list[str] = []
    for option in context.command.params:
        name = option.name or ""
        source = context.get_parameter_source(name)
        if name == "database" and source is ParameterSource.ENVIRONMENT:
            raise click.UsageError(f"A service does not know your variable {VARIABLE}: use --database-file.")
        if source is not ParameterSource.COMMANDLINE or name in ONCE:
            continue
        value = context.params[name]
        for each in value if isinstance(value, tuple) else [value]:
            words.append(max(option.opts, key=len))
            if each is not True:
                words.append(str(each.absolute() if isinstance(each, Path) else each))
    return words


def _label(name: str) -> str:
    return "fromscratch-hub" if name == "host" else f"fromscratch-{name}"


def _place(system: str, name: str) -> Path:
    if system == "darwin":
        return Path.home() / "Library" / "LaunchAgents" / f"{_label(name)}.plist"
    return Path.home() / ".config" / "systemd" / "user" / f"{_label(name)}.service"
