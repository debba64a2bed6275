"""`fromscratch settings`: shows and changes the learner's settings."""

from __future__ import annotations

import click
import msgspec

from learner.settings import Settings, load_settings, save_settings, settings_path
from tui.cli.terminal import echo, echo_json

DESCRIPTIONS = {
    "audience": "beginners: show every material; all: hide those for beginners",
    "start": "the cohort's first month as YYYY-MM; default: the course's own",
    "editor": "the command that opens your files; default: $VISUAL, $EDITOR, or one that is installed",
    "theme": "the colours of the app",
    "hand_in": "yes: passed exercises go to your study group's hub automatically; no: only when you hand them in; "
               "ask: the app asks you once",
    "notify": "how the app tells you what concerns you in your study group while you look elsewhere: bell, terminal "
              "(the terminal shows a notification) or desktop (by notify-send or osascript); off by default",
}  # fmt: skip


@click.command("settings")
@click.argument("name", required=False, type=click.Choice(list(DESCRIPTIONS)))
@click.argument("value", required=False)
@click.option("--unset", is_flag=True, help="Restore the default.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def settings_command(name: str | None, value: str | None, unset: bool, as_json: bool) -> None:
    """Show the settings or set one.

    For example: `fromscratch settings audience all`.
    """
    if unset and (name is None or value is not None):
        raise click.UsageError("--unset takes the name of one setting, and no value.")
    loaded = load_settings()
    if loaded.message:
        echo(loaded.message, err=True)
    settings = loaded.settings
    if name is not None and (value is not None or unset):
        settings = _changed(settings, name, None if unset else value)
        save_settings(settings)
    values = msgspec.structs.asdict(settings)
    if as_json:
        echo_json({"version": 1, "path": str(settings_path()), "settings": values})
        return
    for key in [name] if name else DESCRIPTIONS:
        echo(f"{key:<9} {values[key] or '-':<16} {DESCRIPTIONS[key]}")
    if not name:
        echo(f"They are stored in {settings_path()}.")


def _changed(settings: Settings, name: str, value: str | None) -> Settings:
    """Returns the settings with one changed, validated like a stored file. Raises UsageError."""
    values = {key: value for key, value in msgspec.structs.asdict(settings).items() if value is not None}
    values.pop(name, None)
    if value is not None:
        values[name] = value
    try:
        return msgspec.convert(values, Settings)
    except msgspec.ValidationError as error:
        reason = str(error).partition(" - at ")[0].rstrip(".")
        message = f"{name} cannot be {value!r}: {reason}. Its meaning: {DESCRIPTIONS[name]}."
        raise click.UsageError(message) from error
