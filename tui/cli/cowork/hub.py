"""The verbs of `fromscratch cowork` for hubs and their rooms."""

from __future__ import annotations

import click

from cowork.refusal import Refusal
from tui.cli.cowork.room_client import RoomClient, Target, print_json, table, target_options, with_client
from tui.cli.terminal import echo


@click.command("hubs")
@click.option("--use", help="Use the hub with this title when --hub is not given.")
@click.option("--forget", help="Forget the hub with this title. You stay a member there.")
@click.option("--address", help="Change the address of the hub (--hub) to this wss:// address.")
@target_options
def hubs_command(target: Target, use: str | None, forget: str | None, address: str | None) -> None:
    """List the hubs that you have joined; the first is the default."""
    from cowork.client.known_hubs import NO_HUBS, KnownHubs, home_folder

    hubs = KnownHubs(home_folder())
    try:
        if use:
            hubs.remember(hubs.find(use))
        if forget:
            hubs.forget(hubs.find(forget))
        if address:
            hubs.move(hubs.find(target.hub), address)
        known = hubs.all()
    except (Refusal, OSError) as error:
        raise click.UsageError(str(error)) from error
    if target.as_json:
        print_json({"hubs": known})
        return
    for line in table([[hub.title, hub.address, f"as {hub.name}"] for hub in known]):
        echo(line)
    if not known:
        echo(NO_HUBS)


@click.command("rooms")
@click.option("--add", metavar="TITLE", help="Add a room (organisers only).")
@with_client(enter=False)
async def rooms_command(client: RoomClient, add: str | None) -> None:
    """List the rooms that you may enter."""
    if add:
        added = (await client.request("add room", title=add))["room"]
        await client.wait_for(lambda: any(card.id == added for card in client.session.cards), "The room")
    cards = client.session.cards
    client.show({"rooms": cards}, table([[card.id, card.title] for card in cards]))
