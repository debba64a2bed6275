"""The verbs of `fromscratch cowork` for a member's own devices, and for leaving a hub."""

from __future__ import annotations

import asyncio

import click

from cowork.refusal import Refusal
from tui.cli.cowork.room_client import RoomClient, format_time, table, with_client
from tui.cli.terminal import confirm


@click.command("link")
@with_client(enter=False)
async def link_command(client: RoomClient) -> None:
    """Print the command by which a second device of yours joins as you. It works once, within ten minutes."""
    answer = await client.request("link device")
    lines = ["On your other device, within ten minutes:", "", f"  fromscratch join {answer['invite']}"]
    client.show({"invite": answer["invite"]}, lines)


@click.command("devices")
@with_client(enter=False)
async def devices_command(client: RoomClient) -> None:
    """List your devices: those that sign in as you at this hub."""
    from cowork.client.known_hubs import home_folder
    from cowork.client.leaving import public_key

    devices, key = await client.request("devices"), public_key(home_folder())
    rows = [
        [device["id"], f"since {format_time(device['added'])}", f"last seen {format_time(device['seen'])}",
         "this device" if device["key"] == key else ""]
        for device in devices
    ]  # fmt: skip
    data = [device | {"this": device["key"] == key} for device in devices]
    client.show({"devices": data}, table(rows))


@click.command("remove-device")
@click.argument("device")
@with_client(enter=False)
async def remove_device_command(client: RoomClient, device: str) -> None:
    """Remove a lost DEVICE of yours, by its id in `cowork devices`. It is signed out at once and refused from then on;
    your other devices stay."""
    await client.request("remove device", device=device)
    client.show({"device": device, "removed": True}, f"The device {device} can no longer sign in as you.")


@click.command("leave")
@click.option("--delete-my-data", "forget", is_flag=True,
              help="Also delete everything that you wrote and handed in, and your name.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_client(enter=False)
async def leave_command(client: RoomClient, forget: bool, yes: bool) -> None:
    """Leave the hub. Without --delete-my-data, your messages and submissions stay; with a new invite you can return."""
    from cowork.client.known_hubs import home_folder
    from cowork.client.leaving import leave_hub

    known = client.session.known
    question = f"Leave {known.title}{' and delete all that you wrote and handed in there' if forget else ''}?"
    if not yes and not await asyncio.to_thread(confirm, question):
        raise Refusal("usage", "You have not left.")
    await leave_hub(client.session, home_folder(), forget)
    deleted = " Everything that you wrote and handed in there is deleted." if forget else ""
    client.show({"left": known.hub, "deleted": forget}, f"You have left {known.title}.{deleted}")
