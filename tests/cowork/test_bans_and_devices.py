"""Members who are shut out stay out, and a second device is the same member."""

from __future__ import annotations

import pytest

from cowork import invites
from cowork.frames import Refused, Welcome
from cowork.keys import DeviceKey
from tests.support.enrolment import enrolling, offered, signing, stored
from tests.support.hub import HubServer


async def test_who_is_shut_out_stays_out_with_any_device_and_invite(server: HubServer) -> None:
    shared, other = await stored(server, uses=5), await stored(server, uses=5)
    assert isinstance(await offered(server, enrolling(server, DeviceKey.generate(), shared, "Mal")), Welcome)
    async with server.join("Olga", "organiser") as olga:
        mal = next(entry for entry in await server.hub.store.members() if entry.member.name == "Mal")
        answer = await olga.request("change member", member=mal.member.id, gone=True)
        assert answer["revoked"] == [shared.digest[:8]]
        again = await offered(server, enrolling(server, DeviceKey.generate(), shared, "Somebody"))
        assert isinstance(again, Refused) and again.code == "invite", "the invite that they came by is revoked"
        for name in ("Mal", "mal", "Ma1"):
            again = await offered(server, enrolling(server, DeviceKey.generate(), other, name))
            assert isinstance(again, Refused) and again.code == "gone" and "removed from this hub" in again.says
        assert isinstance(await offered(server, enrolling(server, DeviceKey.generate(), other, "Mallory")), Welcome)
        left = next(each["left"] for each in await olga.request("invites") if each["id"] == other.digest[:8])
        assert left == 4, "a refusal takes no use"


async def test_who_is_shut_out_leaves_no_invite_of_theirs(server: HubServer) -> None:
    async with server.join("Olga", "organiser") as olga, server.join("Otto", "organiser") as otto:
        text = (await otto.request("invite", uses=5))["invite"]
        await olga.request("change member", member=otto.member.id, gone=True)
        answer = await offered(server, enrolling(server, DeviceKey.generate(), invites.parse(text)))
        assert isinstance(answer, Refused) and answer.code == "invite"


async def test_a_second_device_is_the_same_member(server: HubServer) -> None:
    laptop, stranger = DeviceKey.generate(), DeviceKey.generate()
    async with server.join("Ann") as ann:
        linked = invites.parse((await ann.request("link device"))["invite"])
        welcome = await offered(server, enrolling(server, laptop, linked, "Ann"))
        assert isinstance(welcome, Welcome) and welcome.member == ann.member
        again = await offered(server, signing(server, laptop))
        assert isinstance(again, Welcome) and again.member == ann.member
        answer = await offered(server, enrolling(server, stranger, linked, "Eve"))
        assert isinstance(answer, Refused) and answer.code == "invite", "it works once"
        async with server.join("Olga", "organiser") as olga:
            assert linked.digest[:8] not in [each["id"] for each in await olga.request("invites")]
            await olga.request("change member", member=ann.member.id, gone=True)
    answer = await offered(server, signing(server, laptop))
    assert isinstance(answer, Refused) and answer.code == "gone"


async def test_a_device_that_had_joined_on_its_own_becomes_the_same_member(server: HubServer) -> None:
    laptop = DeviceKey.generate()
    before = await offered(server, enrolling(server, laptop, await stored(server), "Ann 2"))
    async with server.join("Ann") as ann:
        linked = invites.parse((await ann.request("link device"))["invite"])
        for attempt in (enrolling(server, laptop, linked), signing(server, laptop), enrolling(server, laptop, linked)):
            welcome = await offered(server, attempt)
            assert isinstance(welcome, Welcome) and welcome.member == ann.member != getattr(before, "member", None)


async def test_a_link_to_a_device_expires(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cowork.hub.departure_requests.LINK_LIFETIME", -1.0)
    async with server.join("Ann") as ann:
        linked = invites.parse((await ann.request("link device"))["invite"])
        answer = await offered(server, enrolling(server, DeviceKey.generate(), linked, "Ann"))
        assert isinstance(answer, Refused) and answer.code == "invite"


async def test_a_lost_device_is_removed_and_the_others_stay(server: HubServer) -> None:
    lost = DeviceKey.generate()
    async with server.join("Ann") as ann, server.join("Eve") as eve:
        refused = await ann.request("remove device", device=(await ann.request("devices"))[0]["id"])
        assert isinstance(refused, Refused) and refused.code == "last"
        linked = invites.parse((await ann.request("link device"))["invite"])
        async with server.enrol("Ann", lost, linked) as thief:
            first, second = await ann.request("devices")
            assert (first["key"], second["key"]) == (ann.key.public, lost.public)
            assert first["added"] <= second["added"] <= second["seen"]
            kept = invites.parse((await thief.request("link device"))["invite"])
            unknown = await eve.request("remove device", device=second["id"])
            assert isinstance(unknown, Refused) and unknown.code == "unknown", "it is not hers"
            assert await ann.request("remove device", device=second["id"]) is None
            assert "removed" in (await thief.until(Refused, lambda frame: frame.code == "gone")).says
        answer = await offered(server, signing(server, lost))
        assert isinstance(answer, Refused) and answer.code == "gone"
        for invitation in (kept, await stored(server)):
            answer = await offered(server, enrolling(server, lost, invitation, "Ann"))
            assert isinstance(answer, Refused), "neither by a link that it made before, nor by an invite"
        assert isinstance(await offered(server, signing(server, ann.key)), Welcome)
        assert [device["key"] for device in await ann.request("devices")] == [ann.key.public]
        again = invites.parse((await ann.request("link device"))["invite"])
        assert isinstance(await offered(server, enrolling(server, lost, again)), Welcome), "it was found again"


async def test_the_first_device_can_be_the_lost_one(server: HubServer) -> None:
    laptop = DeviceKey.generate()
    async with server.join("Ann") as ann:
        linked = invites.parse((await ann.request("link device"))["invite"])
        async with server.enrol("Ann", laptop, linked) as second:
            first = (await second.request("devices"))[0]
            await second.request("remove device", device=first["id"])
            await ann.until(Refused, lambda frame: frame.code == "gone")
            assert isinstance(await offered(server, signing(server, ann.key)), Refused)
            assert isinstance(await offered(server, signing(server, laptop)), Welcome)
