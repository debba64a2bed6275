"""`fromscratch worker`: grades submissions for hubs that share a PostgreSQL database."""

from __future__ import annotations

import asyncio
import logging
import signal

import click

from tui.cli.database_option import database_options
from tui.cli.service_files import write_service
from tui.cli.terminal import echo


@click.command("worker")
@database_options("The hubs' database, postgresql://…")
@click.option("--jobs", type=click.IntRange(1, 64), help="Gradings to run in parallel (default: one per two cores).")
@click.option("--service", is_flag=False, flag_value="", metavar="[FILE]",
              help="Only write a service file that keeps this worker running (-: print it).")  # fmt: skip
@click.option("--trust-members", is_flag=True, help="Run members' code even if the sandbox cannot isolate it.")
def worker_command(database: str | None, jobs: int | None, service: str | None, trust_members: bool) -> None:
    """Grade submissions for all hubs of one PostgreSQL database. Any number of workers can run; Ctrl-C stops one."""
    from cowork.hub.worker import work
    from cowork.refusal import Refusal
    from cowork.store.contract import StoreProblem
    from playground.data_folder import data_folder

    if database is None:
        raise click.UsageError("Name the hubs' database: --database URL, or --database-file FILE.")
    if service is not None:
        write_service(service, click.get_current_context(), [], data_folder())
        return
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S", level=logging.WARNING)
    logging.getLogger("cowork").setLevel(logging.INFO)

    async def run_until_stopped() -> None:
        task = asyncio.current_task()
        assert task is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        try:
            await work(database, jobs, trusting=trust_members)
        except asyncio.CancelledError:
            echo("The worker stops. Unfinished gradings go to other workers.")

    try:
        asyncio.run(run_until_stopped())
    except (Refusal, StoreProblem) as problem:
        raise click.ClickException(str(problem)) from None
