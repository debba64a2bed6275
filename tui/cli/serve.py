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

from tui.cli.terminal import echo
from tui.formatting import short_path

MIN_TOKEN_LENGTH = 16
DEFAULT_PORTS = {"http": 80, "https": 443}


@click.command("serve")
@click.option("--address", default="127.0.0.1", show_default=True, help="Listen on this address.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: any free port.")
@click.option("--token", envvar="FROMSCRATCH_TOKEN", help="The token that grants access (default: a random one).")
@click.option("--most", "max_pages", type=click.IntRange(1), default=4, show_default=True,
              help="Serve at most this many pages at the same time.")  # fmt: skip
@click.option("--certificate", type=click.Path(dir_okay=False, path_type=Path), help="A PEM certificate for https.")
@click.option("--key", type=click.Path(dir_okay=False, path_type=Path), help="The certificate's key.")
@click.option("--behind-proxy", is_flag=True, help="A proxy in front provides https; requires --public-url.")
@click.option("--public-url", help="The URL that browsers open, if not address and port: https://HOST.")
@click.pass_obj
def serve_command(
    root: Path, address: str, port: int, token: str | None, max_pages: int, certificate: Path | None,
    key: Path | None, behind_proxy: bool, public_url: str | None,
) -> None:  # fmt: skip
    """Serve the app to browsers.

    Access requires the printed URL with its token. The app runs as you, with your files.
    """
    from tui.web.access_control import LOOPBACK, AccessControl
    from tui.web.server import WebServer

    if token is not None and len(token) < MIN_TOKEN_LENGTH:
        raise click.UsageError(f"The token is too short; it needs at least {MIN_TOKEN_LENGTH} characters.")
    public_origin = _public_origin(public_url)
    is_encrypted = certificate is not None or behind_proxy
    if behind_proxy and not public_origin:
        raise click.UsageError("--behind-proxy needs --public-url https://…, the proxy's URL.")
    if public_origin and not is_encrypted:
        raise click.UsageError("--public-url needs --certificate and --key, or --behind-proxy.")
    if not (_is_loopback(address) or is_encrypted):
        raise click.UsageError(
            f"Other machines can reach {address}, and the connection would not be encrypted. Give --certificate FILE "
            "and --key FILE, or put an https proxy in front: --behind-proxy --public-url https://…"
        )
    if public_origin is None and address in ("0.0.0.0", "::"):
        raise click.UsageError(f"Browsers cannot open {address}: give a host name with --public-url https://…")
    context = _ssl_context(certificate, key)
    listener = _listen(address, port)
    scheme = "https" if context else "http"
    local_origin = _origin(scheme, address.lower(), listener.getsockname()[1])
    hosts = {address.lower()} | ({urlsplit(public_origin).hostname or ""} if public_origin else set())
    if _is_loopback(address) or behind_proxy:
        hosts |= LOOPBACK
    access = AccessControl(public_origin or local_origin, frozenset(hosts), token or secrets.token_urlsafe(32), scheme)
    echo(
        f"Open the app for {short_path(root)} in a browser:\n\n    {access.url}\n\n"
        + (f"This server listens at {local_origin}.\n" if public_origin else "")
        + f"Keep this URL secret: anyone who opens it works as {_user()} on this machine.\n"
        f"Each page runs an app of its own, at most {max_pages} at the same time. Ctrl-C stops them all."
    )
    WebServer(root, access, max_pages).serve_on(listener, context)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address.lower() == "localhost"


def _public_origin(url: str | None) -> str | None:
    """Returns the origin of the public URL as browsers write it. Raises UsageError."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme != "https" or parts.path not in ("", "/") or parts.query:
        raise click.UsageError(f"--public-url must be like https://course.example, without a path; not {url}")
    return _origin("https", host, port)


def _origin(scheme: str, host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" + (f":{port}" if port not in (None, DEFAULT_PORTS[scheme]) else "")


def _ssl_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise click.UsageError("--certificate and --key must be given together.")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        # An empty password prevents a prompt, since a service manager could start the server.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError) as error:
        raise click.UsageError(f"{certificate} and {key} are not a PEM certificate and its key: {error}") from error
    return context


def _listen(address: str, port: int) -> socket.socket:
    try:
        return socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} is already in use. Choose a different one with --port, or any free one: --port 0"
        else:
            message = f"The server cannot listen on port {port} of {address}: {error.strerror or error}"
        raise click.UsageError(message) from error


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "you"
