"""`fromscratch host`: starts a hub, the server of a study group, on this machine."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import click

from tui.cli.database_option import database_options
from tui.cli.service_files import write_service
from tui.cli.terminal import echo


@click.command("host")
@click.option("--address", default="127.0.0.1", show_default=True,
              help="Listen on this address (0.0.0.0: all networks; ::: all, IPv6 too).")  # fmt: skip
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Listen on this port (0: any free one).",
)
@database_options("postgresql://…, for several hubs (default: a file in the folder).")
@click.option("--data", type=click.Path(path_type=Path), help="The hub's folder (default: in your data folder).")
@click.option("--title", help="The name of the group.")
@click.option("--behind-proxy", is_flag=True,
              help="A proxy in front provides TLS: listen on this machine only, without TLS.")  # fmt: skip
@click.option("--public-address", "public", multiple=True, metavar="HOST:PORT",
              help="An address for invites, besides this machine's own. Can be given several times.")  # fmt: skip
@click.option("--invite", "members", type=click.IntRange(1, 1000), metavar="N", help="Print an invite for N members.")
@click.option("--allow-webhook", "webhook_hosts", multiple=True, metavar="HOST[:PORT]",
              help="Let webhooks reach this host, although it is not public. Can be given several times.")  # fmt: skip
@click.option("--new-organiser", is_flag=True, help="Only print an invite for an organiser, then stop.")
@click.option("--check", is_flag=True, help="Only check at which addresses this hub, which runs, answers.")
@click.option("--service", is_flag=False, flag_value="", metavar="[FILE]",
              help="Only write a service file that keeps this hub running (-: print it).")  # fmt: skip
@click.option("--trust-members", is_flag=True, help="Run members' code even if the sandbox cannot isolate it.")
def host_command(
    address: str, port: int, database: str | None, data: Path | None, title: str | None, behind_proxy: bool,
    public: tuple[str, ...], members: int | None, webhook_hosts: tuple[str, ...], new_organiser: bool,
    check: bool, service: str | None, trust_members: bool,
) -> None:  # fmt: skip
    """Start a hub with a room for each month: chat, reviews, meetings, and grading in the sandbox."""
    from cowork.hub import hosting as hub
    from cowork.refusal import Refusal
    from cowork.store.contract import StoreProblem
    from playground.data_folder import data_folder

    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S", level=logging.WARNING)
    logging.getLogger("cowork").setLevel(logging.INFO)
    folder = (data or data_folder() / "hub").absolute()
    if service is not None:
        write_service(service, click.get_current_context(), ["--data", str(folder)], folder)
        return
    options = hub.HostOptions(folder, address, port, database, title, behind_proxy, public, members or 0,
                              webhook_hosts=webhook_hosts, trusting=trust_members)  # fmt: skip
    try:
        if check:
            raise SystemExit(not asyncio.run(hub.check_running(options, echo)))
        asyncio.run(hub.new_organiser(options, echo) if new_organiser else hub.host(options, echo))
    except (Refusal, StoreProblem) as problem:
        raise click.ClickException(str(problem)) from None
