"""Finds out at which addresses others can probably reach a hub on this machine, and checks what can be checked here.

Nobody outside is asked, so a firewall or a router in between can still refuse what is called reachable here.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cowork.certificates import client_context

Kind = Literal["public", "vpn", "private", "carrier", "container", "link", "loopback"]
AUDIENCE: dict[Kind, str] = {
    "public": "everyone on the internet, unless a firewall refuses",
    "vpn": "members in the same VPN",
    "private": "members in the same network",
    "carrier": "probably nobody: the provider shares it among its customers (CGNAT)",
    "container": "only containers and virtual machines of this machine",
    "link": "only machines on the same cable or access point",
    "loopback": "only this machine",
}
OFFERED: tuple[Kind, ...] = ("private", "vpn", "public")  # kinds that invites contain, the quickest to fail first
CARRIER = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598; VPNs such as Tailscale use it too
VPN_INTERFACES = ("tun", "tap", "wg", "tailscale", "utun", "zt", "nebula", "ppp", "ipsec", "netbird", "wt")
CONTAINER_INTERFACES = ("docker", "br-", "virbr", "veth", "podman", "cni", "lxc", "vmnet", "vboxnet", "bridge1")
CONTAINER_FILES = (Path("/.dockerenv"), Path("/run/.containerenv"))
CHECK_TIMEOUT = 4.0  # seconds


@dataclass(frozen=True)
class OwnAddress:
    """An IP address of this machine, and the name of its network interface."""

    address: str
    interface: str
    kind: Kind


def classify(address: str, interface: str) -> Kind:
    """Returns who can probably reach an IP address, by its range and by the name of its interface."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    name = interface.casefold()
    if ip.is_loopback:
        return "loopback"
    if ip.is_link_local:
        return "link"
    if name.startswith(CONTAINER_INTERFACES):
        return "container"
    if name.startswith(VPN_INTERFACES):
        return "vpn"
    if ip.version == 4 and ip in CARRIER:
        return "carrier"
    return "public" if ip.is_global else "private"


def own_addresses() -> list[OwnAddress]:
    """Returns the addresses of the interfaces that are up: those that invites contain first."""
    import psutil

    addresses = []
    states = psutil.net_if_stats()
    for interface, entries in psutil.net_if_addrs().items():
        if interface in states and not states[interface].isup:
            continue
        for entry in entries:
            if entry.family in (socket.AF_INET, socket.AF_INET6):
                with suppress(ValueError):
                    kind = classify(entry.address, interface)
                    addresses.append(OwnAddress(entry.address.partition("%")[0], interface, kind))
    order = [*OFFERED, *(kind for kind in AUDIENCE if kind not in OFFERED)]
    return sorted(dict.fromkeys(addresses), key=lambda own: (order.index(own.kind), ":" in own.address))


def listened_addresses(listening: str) -> list[OwnAddress]:
    """Returns those of this machine's addresses at which a hub that listens on `listening` can be reached."""
    own = own_addresses()
    if listening == "::":
        return own
    if listening == "0.0.0.0":
        return [each for each in own if ":" not in each.address]
    with suppress(ValueError):
        ip = str(ipaddress.ip_address(listening))
        return [each for each in own if each.address == ip] or [OwnAddress(ip, "", classify(ip, ""))]
    return []  # a name


def offered(addresses: list[OwnAddress], port: int) -> list[str]:
    """Returns the addresses for invites, as host:port; if others can reach none, this machine's own."""
    kept = [own for own in addresses if own.kind in OFFERED] or [own for own in addresses if own.kind == "loopback"]
    return [host_port(own.address, port) for own in kept]


def host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def in_container() -> bool:
    return any(path.exists() for path in CONTAINER_FILES)


async def check(address: str, fingerprint: str, tls: bool = True) -> str:
    """Connects from this machine to host:port, and asks for the hub's health. Returns "" if the hub with this
    fingerprint answers, else the problem. `tls`: False for a hub behind a proxy."""
    parts = urlsplit(f"//{address}")
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            context = client_context(fingerprint) if tls else None
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=context)
            try:
                writer.write(f"GET /health HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
                answer = await reader.read(4_096)
            finally:
                writer.close()
        body = answer.partition(b"\r\n\r\n")[2]
        return "" if json.loads(body).get("hub") == "fromscratch" else "a different server answers"
    except TimeoutError:
        return "no answer"
    except ssl.SSLCertVerificationError:
        return "a server with a different certificate answers"
    except (ValueError, AttributeError):  # no JSON object
        return "a different server answers"
    except OSError as error:
        return os.strerror(error.errno).lower() if error.errno else str(error) or type(error).__name__


async def report(listening: str, port: int, fingerprint: str, public: Sequence[str], tls: bool = True) -> list[str]:
    """Returns the lines about each address at which the hub listens, and about the `public` ones (host:port)."""
    addresses = listened_addresses(listening)
    names = [host_port(own.address, port) for own in addresses]
    problems = await asyncio.gather(*(check(name, fingerprint, tls) for name in names))
    via_proxy = await asyncio.gather(*(check(name, fingerprint) for name in public))
    rows = [
        (name, AUDIENCE[own.kind] + f" ({own.interface})" * bool(own.interface), problem)
        for own, name, problem in zip(addresses, names, problems, strict=True)
    ]
    rows += [(name, "the address in invites", problem) for name, problem in zip(public, via_proxy, strict=True)]
    width = max((len(name) for name, _, _ in rows), default=0)
    lines = [
        f"  {'✗' if problem else '✓'} {name:<{width}}  {audience}{f'; from here: {problem}' if problem else ''}"
        for name, audience, problem in rows
    ]
    if any(via_proxy):
        lines.append("  Some routers refuse their own public address from inside: ask somebody outside to try it.")
    return [*lines, *_advice(addresses, public)]


def _advice(addresses: list[OwnAddress], public: Sequence[str]) -> list[str]:
    kinds = {own.kind for own in addresses}
    if public:
        return []
    if kinds <= {"loopback"}:
        return ["  For members on other machines: --address 0.0.0.0 (all networks), or :: (IPv6 too)."]
    if in_container():
        return ["  This is a container: publish its port, and name the host's address with", "  --public-address."]
    lines = []
    if "public" not in kinds:
        lines.append("  Members elsewhere need a VPN, or a port that your router forwards (--public-address).")
    if "carrier" in kinds:
        lines.append("  Behind CGNAT, a router's forwarded port does not help: use a VPN or a small server.")
    return lines
