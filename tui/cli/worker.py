"""`fromscratch worker`: grades for hubs that share a PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
import signal

import click


@click.command("worker")
@click.option("--database", metavar="URL", required=True, help="The hubs' postgresql://… address.")
@click.option("--jobs", type=click.IntRange(1, 64), help="So many gradings side by side (else one for two cores).")
@click.option("--trust-members", is_flag=True, help="Run their code also where no sandbox can hold it.")
def worker_command(database: str, jobs: int | None, trust_members: bool) -> None:
    """Grade what is handed in to hubs over one PostgreSQL. Start as many as you like; Ctrl-C stops one."""
    from cowork.hub.worker import work
    from cowork.refusal import Refusal
    from cowork.store.contract import StoreProblem

    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S", level=logging.WARNING)
    logging.getLogger("cowork").setLevel(logging.INFO)

    async def until_told() -> None:
        task = asyncio.current_task()
        assert task is not None
        for one in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(one, task.cancel)
        try:
            await work(database, jobs, trusting=trust_members)
        except asyncio.CancelledError:
            click.echo("The worker stops; what was under way is left for others.")

    try:
        asyncio.run(until_told())
    except (Refusal, StoreProblem) as problem:
        raise click.ClickException(str(problem)) from None
