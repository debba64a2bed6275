"""The options that name the PostgreSQL of several hubs, without its password on the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

VARIABLE = "FROMSCRATCH_DATABASE"
VISIBLE = (
    "On the command line, every user of this machine can read the password. Put the URL into the variable "
    f"{VARIABLE}, or into a file: --database-file FILE."
)


def database_options(help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds --database and --database-file, and passes the URL as `database`, None if there is none."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--database", metavar="URL", envvar=VARIABLE, show_envvar=True, help=help)
        @click.option(
            "--database-file", type=click.Path(path_type=Path), help="Read the database's URL from this file."
        )
        @click.pass_context
        @wraps(command)
        def with_database(
            ctx: click.Context, *args: Any, database: str | None, database_file: Path | None, **options: Any
        ) -> Any:
            given = ctx.get_parameter_source("database") is ParameterSource.COMMANDLINE
            if given and database_file:
                raise click.UsageError("Use either --database or --database-file.")
            if given and database is not None and has_password(database):
                raise click.UsageError(VISIBLE)
            if database_file is not None:
                database = read_url(database_file)
            return command(*args, database=database or None, **options)

        return with_database

    return decorate


def read_url(file: Path) -> str:
    try:
        url = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if not url or "\n" in url:
        raise click.UsageError(f"{file} must contain one line, the database's URL: postgresql://…")
    return url


def has_password(url: str) -> bool:
    """Whether a URL or a connection string of PostgreSQL contains a password."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        return bool(conninfo_to_dict(url).get("password"))
    except psycopg.ProgrammingError:
        return False  # it is refused later
