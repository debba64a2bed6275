"""Names at a real hub: each is one plain line, and no two look the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rich.text import Text

from cowork.client.connection import join
from cowork.refusal import Refusal
from tests.support.cowork_clients import join_hub
from tests.support.hub import HubServer


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("[red]Ada[/]", "[red]Ada[/]"),  # plain text, which screens do not read as markup
        ("\x1b[31mAda\x1b[0m", "Ada"),
        ("\x1b]0;title\x07Ada", "Ada"),
        ("Ada\nBen\r\x08", "Ada Ben"),
        ("\u202eadA\u2066", "adA"),
        ("  Ada \u00a0 L  ", "Ada L"),
        ("\u200b\ufeffA\u0000da", "Ada"),
    ],
)
async def test_names_are_one_plain_line(server: HubServer, tmp_path: Path, name: str, becomes: str) -> None:
    known = await join_hub(server, tmp_path, name)
    assert known.name == becomes
    assert Text(known.name).plain == becomes


@pytest.mark.parametrize("name", ["", "   ", "\x1b[31m", "\u200d", "x" * 41, "\u202e"])
async def test_invalid_names_are_refused(server: HubServer, tmp_path: Path, name: str) -> None:
    invitation = await server.invite()
    with pytest.raises(Refusal) as refused:
        await join(invitation.text(), name, tmp_path)
    assert refused.value.code == "text"
    await join(invitation.text(), "Ada", tmp_path)  # the invite is not used up


async def test_equal_names_get_numbers(server: HubServer, tmp_path: Path) -> None:
    wanted = ["Ada", "ada", " A d a", "Ａｄａ", "Ada 2", "the hub", "x" * 40, "X" * 40]
    got = [(await join_hub(server, tmp_path / str(n), name)).name for n, name in enumerate(wanted)]
    assert len({name.casefold() for name in got}) == len(wanted)
    assert got[0] == "Ada" and got[1] == "ada 2"
    assert got[5] == "the hub 2"
    assert all(len(name) <= 40 for name in got)
    texts = [(await server.invite(uses=1)).text() for _ in range(5)]
    assert (await join_hub(server, tmp_path / "lookalike", "Bil1 0tt")).name == "Bil1 0tt"
    assert (await join_hub(server, tmp_path / "lookalike2", "BilI Ott")).name == "BilI Ott 2"
    together = await asyncio.gather(*(join(text, "Bo", tmp_path / f"bo{n}") for n, text in enumerate(texts)))
    assert sorted(known.name for known in together) == ["Bo", "Bo 2", "Bo 3", "Bo 4", "Bo 5"]
