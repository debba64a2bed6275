"""`fromscratch serve`: the app in a browser."""

from __future__ import annotations

import errno
import getpass
import ipaddress
import secrets
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import click

SHORTEST_TOKEN = 16
USUAL_PORTS = {"http": 80, "https": 443}


@click.command("serve")
@click.option("--address", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: any that is free.")
@click.option("--token", envvar="FROMSCRATCH_TOKEN", help="What lets in; without it a new one each time.")
@click.option("--most", type=click.IntRange(1), default=4, show_default=True, help="So many pages at a time.")
@click.option("--certificate", type=click.Path(dir_okay=False, path_type=Path), help="For https, in PEM.")
@click.option("--key", type=click.Path(dir_okay=False, path_type=Path), help="The certificate's key.")
@click.option("--behind-proxy", is_flag=True, help="A proxy in front speaks https; needs --public-url.")
@click.option("--public-url", help="What a browser opens, where that is not address and port: https://HOST.")
@click.pass_obj
def serve_command(
    root: Path,
    address: str,
    port: int,
    token: str | None,
    most: int,
    certificate: Path | None,
    key: Path | None,
    behind_proxy: bool,
    public_url: str | None,
) -> None:
    """The app in a browser, for whoever has the address with the token. It runs as you, with your files."""
    from tui.formatting import home
    from tui.web.access_control import LOOPBACK, AccessControl
    from tui.web.server import WebServer

    if token is not None and len(token) < SHORTEST_TOKEN:
        raise click.UsageError(f"A token of fewer than {SHORTEST_TOKEN} characters can be guessed.")
    public = _public(public_url)
    if behind_proxy and not public:
        raise click.UsageError("--behind-proxy needs --public-url https://…, the proxy's address.")
    if public and not (certificate or behind_proxy):
        raise click.UsageError("--public-url goes with --certificate and --key, or with --behind-proxy.")
    if not (_is_loopback(address) or certificate or behind_proxy):
        raise click.UsageError(
            f"Others can reach {address}, and read on the way what is sent. Give --certificate FILE and --key FILE, "
            "or put a proxy that speaks https in front: --behind-proxy --public-url https://…"
        )
    if public is None and address in ("0.0.0.0", "::"):
        raise click.UsageError(f"{address} is no name that a browser opens: give it with --public-url https://…")
    context = _context(certificate, key)
    listening = _listen(address, port)
    port = listening.getsockname()[1]
    scheme = "https" if context else "http"
    own = _origin(scheme, address.lower(), port)
    names = {address.lower()} | ({urlsplit(public).hostname or ""} if public else set())
    if _is_loopback(address) or behind_proxy:
        names |= LOOPBACK
    access = AccessControl(public or own, frozenset(names), token or secrets.token_urlsafe(32), scheme)
    click.echo(
        f"The app for {home(root)} is in a browser at\n\n    {access.url}\n\n"
        + (f"This server listens at {own}.\n" if public else "")
        + f"Keep this address to yourself: whoever opens it works as {_user()} on this machine.\n"
        f"Each page is an app of its own, {most} at most. Ctrl-C here ends them all."
    )
    WebServer(root, access, most).serve_on(listening, context)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address.lower() == "localhost"


def _public(url: str | None) -> str | None:
    """The origin of the address that browsers open, as they write it."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme != "https" or parts.path not in ("", "/") or parts.query:
        raise click.UsageError(f"--public-url is such as https://course.example, without a path; not {url}")
    return _origin("https", host, port)


def _origin(scheme: str, host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" + (f":{port}" if port not in (None, USUAL_PORTS[scheme]) else "")


def _context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise click.UsageError("--certificate and --key go together.")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        # Nobody is asked for the password of a key: the app may be started by a machine.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError) as error:
        raise click.UsageError(f"{certificate} and {key} are no certificate and its key in PEM: {error}") from error
    return context


def _listen(address: str, port: int) -> socket.socket:
    try:
        return socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            says = f"Port {port} is taken by another program. Choose another with --port, or any free one: --port 0"
        else:
            says = f"Port {port} of {address} cannot be listened on: {error.strerror or error}"
        raise click.UsageError(says) from error


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "you"
