"""Signing in at a real hub over TLS: everything that must not let anybody in does not."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import serve
from websockets.exceptions import InvalidHandshake

from cowork import certificates, frames, invites, keys
from cowork.client.connection import Unreachable, join
from cowork.client.known_hubs import KEY, KnownHub, KnownHubs
from cowork.frames import Challenge, Refused, SignIn, Welcome
from cowork.keys import DeviceKey
from cowork.refusal import Refusal
from cowork.rooms.chat import SendMessage
from tests.support.cowork_clients import join_hub, running_session
from tests.support.enrolment import enrolling, offered, signing, stored
from tests.support.hub import HubServer
from tests.support.waiting import until


async def test_an_invite_is_used_once(server: HubServer) -> None:
    invitation = await stored(server)
    first = await offered(server, enrolling(server, DeviceKey.generate(), invitation))
    assert isinstance(first, Welcome) and first.member.role == "member"
    again = await offered(server, enrolling(server, DeviceKey.generate(), invitation, "Eve"))
    assert isinstance(again, Refused) and again.code == "invite"
    assert len(await server.hub.store.members()) == 1


async def test_a_counted_invite_is_used_so_often_also_at_once(server: HubServer) -> None:
    invitation = await stored(server, uses=3)
    tries = [offered(server, enrolling(server, DeviceKey.generate(), invitation, f"P{n}")) for n in range(8)]
    answers = await asyncio.gather(*tries)
    assert sum(isinstance(answer, Welcome) for answer in answers) == 3
    assert {answer.code for answer in answers if isinstance(answer, Refused)} == {"invite"}


async def test_an_expired_or_unknown_invite_lets_nobody_in(server: HubServer) -> None:
    unknown, _ = invites.create(server.address, server.fingerprint, "organiser", time.time())
    for invitation in (await stored(server, lifetime=-1.0), unknown):
        answer = await offered(server, enrolling(server, DeviceKey.generate(), invitation))
        assert isinstance(answer, Refused) and answer.code == "invite"
    assert await server.hub.store.members() == []


async def test_who_is_in_joins_again_without_using_an_invite_up(server: HubServer, tmp_path: Path) -> None:
    text = (await server.invite(uses=2)).text()
    first, again = await join(text, "Ada", tmp_path), await join(text, "Ada", tmp_path)
    assert first == again
    other = await join(text, "Ben", tmp_path / "ben")
    assert other.member != first.member
    with pytest.raises(Refusal, match="used up"):
        await join(text, "Cy", tmp_path / "cy")


@pytest.mark.parametrize(
    "wrong",
    [
        {"signer": DeviceKey.generate()},
        {"hub": "another hub"},
        {"nonce": "another nonce"},
        {"channel": keys.channel("wss://127.0.0.1:1", "cd" * 32)},
        {"channel": keys.channel("wss://127.0.0.1:1", "")},
    ],
    ids=["foreign key", "other hub", "other nonce", "other certificate", "no certificate"],
)
async def test_a_signature_for_anything_else_lets_nobody_in(server: HubServer, wrong: dict[str, Any]) -> None:
    invitation, key = await stored(server), DeviceKey.generate()
    answer = await offered(server, enrolling(server, key, invitation, wrong=wrong))
    assert isinstance(answer, Refused) and answer.code == "key"
    assert isinstance(await offered(server, enrolling(server, key, invitation)), Welcome), "the invite is not used up"
    answer = await offered(server, signing(server, key, wrong))
    assert isinstance(answer, Refused) and answer.code == "key"
    assert isinstance(await offered(server, signing(server, key)), Welcome)


@pytest.mark.parametrize("wrong", [{"invite": "of another"}, {"name": "Another"}])
async def test_what_is_enrolled_is_what_was_signed(server: HubServer, wrong: dict[str, str]) -> None:
    answer = await offered(server, enrolling(server, DeviceKey.generate(), await stored(server), wrong=wrong))
    assert isinstance(answer, Refused) and answer.code == "key"


async def test_a_key_that_never_joined_is_foreign(server: HubServer) -> None:
    answer = await offered(server, signing(server, DeviceKey.generate()))
    assert isinstance(answer, Refused) and answer.code == "key"
    assert "invite" in answer.says


async def test_a_challenge_holds_once(server: HubServer) -> None:
    key = DeviceKey.generate()
    heard: list[SignIn] = []
    await offered(server, enrolling(server, key, await stored(server)))

    def kept(challenge: Challenge) -> SignIn:
        heard.append(signing(server, key)(challenge))
        return heard[0]

    assert isinstance(await offered(server, kept), Welcome)
    replayed = await offered(server, lambda challenge: heard[0])
    assert isinstance(replayed, Refused) and replayed.code == "key"


async def test_what_enrolled_does_not_sign_in(server: HubServer) -> None:
    """The signature of an enrolment is none to sign in with, nor the other way about."""
    key = DeviceKey.generate()
    await offered(server, enrolling(server, key, await stored(server)))

    def crossed(challenge: Challenge) -> SignIn:
        channel = keys.channel(server.address, server.fingerprint)
        return SignIn(key.public, key.sign(keys.statement("enrol", challenge.hub, challenge.nonce, channel)))

    answer = await offered(server, crossed)
    assert isinstance(answer, Refused) and answer.code == "key"


async def test_a_hub_with_another_certificate_hears_nothing(server: HubServer, tmp_path: Path) -> None:
    right = await server.invite()
    other = certificates.load_or_create(tmp_path / "other").fingerprint
    wrong = invites.Invitation(right.address, other, right.secret)
    with pytest.raises(Refusal, match="Nothing was sent") as refused:
        await join(wrong.text(), "Ada", tmp_path)
    assert refused.value.code == "fingerprint"
    assert KnownHubs(tmp_path).all() == []
    assert isinstance(await join(right.text(), "Ada", tmp_path), KnownHub), "its secret was not used up"


async def test_one_in_the_middle_learns_nothing_and_gets_nowhere(server: HubServer, tmp_path: Path) -> None:
    """A relay with a certificate of its own, to which somebody was invited: what it is told does not fit the hub."""
    own = certificates.load_or_create(tmp_path / "relay")
    passed_on: list[frames.FromHub] = []

    async def relay(client: Any) -> None:
        async with server.socket() as hub:
            await client.send(await hub.recv())
            await hub.send(await client.recv())
            passed_on.append(frames.from_hub.decode(await hub.recv()))
            await client.send(frames.encode(passed_on[-1]))

    async with serve(relay, "127.0.0.1", 0, ssl=own.context()) as relay_server:
        address = f"wss://127.0.0.1:{next(iter(relay_server.sockets)).getsockname()[1]}"
        right = await server.invite()
        with pytest.raises(Refusal) as refused:
            await join(invites.Invitation(address, own.fingerprint, right.secret).text(), "Ada", tmp_path)
    assert refused.value.code == "key"
    assert isinstance(passed_on[0], Refused)
    assert await server.hub.store.members() == []


async def test_a_mistyped_invite_goes_nowhere(server: HubServer, tmp_path: Path) -> None:
    text = (await server.invite()).text()
    wrong = text[:30] + ("a" if text[30] != "a" else "b") + text[31:]
    with pytest.raises(Refusal, match="mistyped"):
        await join(wrong, "Ada", tmp_path)
    assert not (tmp_path / KEY).exists()


async def test_a_hub_that_is_not_there_is_said_so(server: HubServer, tmp_path: Path) -> None:
    invitation = await server.invite()
    gone = invites.Invitation("wss://127.0.0.1:9", invitation.fingerprint, invitation.secret)
    with pytest.raises(Unreachable):
        await join(gone.text(), "Ada", tmp_path)


async def test_other_origins_are_refused(server: HubServer) -> None:
    with pytest.raises(InvalidHandshake):
        async with server.socket(origin="https://evil.example"):
            pass


async def test_who_says_nothing_or_nonsense_is_sent_away(server: HubServer) -> None:
    for nonsense in (b"", b"{", b'"x"', b'{"type":"do"}', b"\xff" * 50, b'{"type":"sign in","key":"","signature":""}'):
        async with server.socket() as socket:
            await socket.recv()
            await socket.send(nonsense)
            answer = frames.from_hub.decode(await socket.recv())
            assert isinstance(answer, Refused) and answer.code == "key"
            await asyncio.wait_for(socket.wait_closed(), 20)


async def test_who_is_shut_out_is_told_and_stays_out(server: HubServer, tmp_path: Path) -> None:
    organiser = await join_hub(server, tmp_path / "o", "Olga", "organiser")
    known = await join_hub(server, tmp_path / "a", "Ada")
    async with running_session(organiser, tmp_path / "o") as o, running_session(known, tmp_path / "a", "lobby") as a:
        await until(lambda: o.state == "online")
        await o.request("change member", member=known.member, gone=True)
        await until(lambda: a.state == "refused")
        assert "removed you" in a.message
        a.reconnect()
        await until(lambda: a.state == "refused")
        await o.request("change member", member=known.member, gone=False)
        a.reconnect()
        await until(lambda: a.state == "online")


async def test_a_session_with_another_hub_or_certificate_is_refused(server: HubServer, tmp_path: Path) -> None:
    known = await join_hub(server, tmp_path, "Ada")
    for change, says in (({"hub": "other"}, "is not "), ({"fingerprint": "ab" * 32}, "different certificate")):
        async with running_session(msgspec.structs.replace(known, **change), tmp_path) as session:
            await until(lambda session=session: session.state == "refused")
            assert says in session.message
            with pytest.raises(Refusal):
                await session.do("lobby", SendMessage("x"))
    assert KnownHubs(tmp_path).find() == known
