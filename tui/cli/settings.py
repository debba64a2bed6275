"""`fromscratch settings`: what has been chosen about the program itself."""

from __future__ import annotations

import json

import click
import msgspec

from learner.settings import Settings, load_settings, save_settings, settings_path

MEANINGS = {
    "audience": "beginners: every material is shown; all: those for beginners are hidden",
    "start": "the cohort's first month, as YYYY-MM; without it the course's own",
    "editor": "the command that opens your files; without it $VISUAL or $EDITOR",
    "theme": "the colours of the app",
    "hand_in": "yes: what passes goes to your study group's hub by itself; no: by hand only; ask: you are asked once",
}


@click.command("settings")
@click.argument("name", required=False, type=click.Choice(list(MEANINGS)))
@click.argument("value", required=False)
@click.option("--unset", is_flag=True, help="Back to the default.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def settings_command(name: str | None, value: str | None, unset: bool, as_json: bool) -> None:
    """Show the settings, or set one: `fromscratch settings audience all`."""
    if unset and (name is None or value is not None):
        raise click.UsageError("--unset takes the name of one setting, and no value.")
    loaded = load_settings()
    if loaded.message:
        click.echo(loaded.message, err=True)
    settings = loaded.settings
    if name is not None and (value is not None or unset):
        settings = _changed(settings, name, None if unset else value)
        save_settings(settings)
    chosen = msgspec.structs.asdict(settings)
    if as_json:
        click.echo(json.dumps({"version": 1, "path": str(settings_path()), "settings": chosen}))
        return
    for one in [name] if name else MEANINGS:
        click.echo(f"{one:<9} {chosen[one] or '-':<16} {MEANINGS[one]}")
    if not name:
        click.echo(f"They are stored in {settings_path()}.")


def _changed(settings: Settings, name: str, value: str | None) -> Settings:
    """The settings with one of them changed, checked as a stored file is; raises UsageError."""
    kept = {key: one for key, one in msgspec.structs.asdict(settings).items() if key != name and one is not None}
    if value is not None:
        kept[name] = value
    try:
        return msgspec.convert(kept, Settings)
    except msgspec.ValidationError as error:
        why = str(error).partition(" - at ")[0].rstrip(".")
        raise click.UsageError(f"{name} cannot be {value!r}: {why}. It means: {MEANINGS[name]}.") from error
