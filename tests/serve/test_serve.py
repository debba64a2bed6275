"""The app in a browser: it is drawn and usable, needs the token, and ends with the page."""

from __future__ import annotations

import http.client
import shutil
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Browser, sync_playwright
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_websocket

from exercises.load import load_course
from tests.support.browser import CATCH_TERMINAL, AppServer, is_drawn, lines_of, wait_until_shown
from tests.support.command_line import invoke
from tests.support.processes import alive
from tests.support.solutions import correct
from tests.support.waiting import TIMEOUT, wait_until

# One worker runs these tests, so that they share a server and a browser.
pytestmark = pytest.mark.xdist_group("serve")

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("This test needs Chromium. Install it with your system's package manager.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=60_000)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    served = AppServer(tmp_path_factory.mktemp("served"), "--most", "1")
    yield served
    served.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., AppServer]]:
    """A function that starts a server, which ends with the test."""
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(closing(AppServer(tmp_path, *options)))


def websocket(served: AppServer, origin: Any, cookie: str) -> ClientConnection:
    return open_websocket(f"ws://{served.host}/ws", origin=origin, additional_headers={"Cookie": cookie})


def test_a_first_pass_in_a_browser(served: AppServer, browser: Browser) -> None:
    first = load_course().exercises[0]
    context = browser.new_context(viewport={"width": 1100, "height": 700})
    context.set_default_timeout(TIMEOUT * 1000)
    context.add_init_script(CATCH_TERMINAL)
    page = context.new_page()
    errors: list[str] = []
    requested: set[str] = set()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requested.add(request.url))
    page.goto(served.url)
    wait_until_shown(page, "Press Enter to start")
    assert page.url == f"{served.base}/"
    assert not [url for url in requested if not url.startswith((f"{served.base}/", "data:"))]
    assert page.evaluate("() => document.fonts.check('16px Roboto Mono')")

    page.keyboard.press("Enter")
    wait_until_shown(page, f"{first.file_name}. Saving it runs the checks.")
    page.keyboard.press("e")
    wait_until_shown(page, "No editor can be shown in a browser.")
    page.set_viewport_size({"width": 1300, "height": 760})
    file = served.workspace / "month_1_introduction" / first.file_name
    wait_until(file.exists, "the learner's file exists")
    wait_until(lambda: "loading torch" not in "\n".join(lines_of(page)), "the engine is ready")
    file.write_text(correct(first))
    wait_until_shown(page, "✓ Passed. Press n for the next exercise")
    wait_until(lambda: is_drawn(page, "Passed. Press n"), "the text is drawn")

    apps = served.descendants()
    second = context.new_page()
    second.goto(served.base)
    assert "Too many open pages" in second.inner_text("body")
    page.close()
    wait_until(lambda: not alive(apps), "the first app ends")
    wait_until_shown(second, "1 of ")
    second.keyboard.press("q")
    second.wait_for_selector("text=The app has exited")
    wait_until(lambda: not served.descendants(), "the second app ends")
    context.close()
    assert not errors


def test_every_page_needs_the_token(served: AppServer) -> None:
    wrong = f"/?token={served.token[:-1]}"
    for path in ("/", "/ws", "/static/frame.js", "/static/textual/js/textual.js", "/download/x", "/none", wrong):
        status, text, headers = served.get(path, Origin=served.base, Cookie=f"fromscratch={served.token}")
        assert status == 403 and "fromscratch serve" in text, path
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    status, _, headers = served.get(f"/?token={served.token}")
    assert (status, headers["Location"]) == (303, "/")
    cookie, *flags = headers["Set-Cookie"].split("; ")
    assert served.token not in cookie and {"HttpOnly", "SameSite=Strict"} < set(flags)
    for path in ("/", "/static/textual/js/textual.js"):
        assert served.get(path, Cookie=cookie)[0] == 200


def test_other_sites_are_refused(served: AppServer) -> None:
    cookie = served.cookie()
    for host in ("evil.example", "127.0.0.1.evil.example", "[", ""):
        assert served.get("/", Cookie=cookie, Host=host)[0] == 403
        assert served.get(f"/?token={served.token}", Host=host)[0] == 403
    assert served.get("/", Cookie=cookie, Host="localhost:9000")[0] == 200  # as through `ssh -L 9000:…`
    for origin, sent_cookie in (("https://evil.example", cookie), ("http://127.0.0.1:1", cookie), ("null", cookie),
                          (None, cookie), (served.base, "")):  # fmt: skip
        with pytest.raises(InvalidStatus) as refused:
            websocket(served, origin, sent_cookie)
        assert refused.value.response.status_code == 403
    assert not served.descendants()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
def test_no_app_outlives_the_server(signal_number: signal.Signals, serve: Callable[..., AppServer]) -> None:
    served = serve()
    with websocket(served, served.base, served.cookie()) as page:
        page.recv(TIMEOUT)
        wait_until((served.workspace / "parts.py").exists, "the workspace exists")
        apps = served.descendants()
        assert apps
        served.process.send_signal(signal_number)
        assert served.process.wait(TIMEOUT) == (0 if signal_number == signal.SIGINT else -signal_number)
    wait_until(lambda: not alive(apps), "the app ends")


def test_https(tmp_path: Path, serve: Callable[..., AppServer]) -> None:
    pem = tmp_path / "both.pem"
    pem.write_bytes(self_signed_certificate("localhost"))
    options = ("--certificate", str(pem), "--key", str(pem), "--token", "a token of my own")
    served = serve("--address", "0.0.0.0", "--public-url", "https://localhost", *options)
    assert served.url == "https://localhost/?token=a%20token%20of%20my%20own"
    ssl_context = ssl.create_default_context(cafile=pem)
    connection = http.client.HTTPSConnection(
        "localhost", int(served.host.rpartition(":")[2]), context=ssl_context, timeout=TIMEOUT
    )
    connection.request("GET", "/?token=a%20token%20of%20my%20own")
    response = connection.getresponse()
    assert response.status == 303
    assert "Secure" in response.headers["Set-Cookie"]
    connection.close()


def test_behind_a_proxy(serve: Callable[..., AppServer]) -> None:
    served = serve("--behind-proxy", "--public-url", "https://course.example/")
    assert served.base == "https://course.example"
    for host in ("course.example", served.host):  # some proxies forward the requested name
        headers = served.get(f"/?token={served.token}", Host=host)[2]
        assert "Secure" in headers["Set-Cookie"]
        cookie = headers["Set-Cookie"].partition(";")[0]
        assert served.get("/", Host=host, Origin=served.base, Cookie=cookie)[0] == 200
        assert served.get("/", Host=host, Origin="https://evil.example", Cookie=cookie)[0] == 403


def self_signed_certificate(name: str) -> bytes:
    """A key and a certificate for a name, valid today, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private + certificate.public_bytes(encoding)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--address", "0.0.0.0"], "Give --certificate FILE and --key FILE"),
        (["--address", "course.example", "--behind-proxy"], "--behind-proxy needs --public-url"),
        (["--behind-proxy", "--public-url", "http://course.example"], "--public-url must be like https:"),
        (["--public-url", "https://course.example"], "--public-url needs --certificate"),
        (["--address", "::", "--certificate", "none.pem", "--key", "none.pem"], "Browsers cannot open ::"),
        (["--certificate", "none.pem", "--key", "none.pem"], "are not a PEM certificate and its key"),
        (["--public-url", "https://course.example/app"], "without a path"),
        (["--token", "short"], "The token is too short"),
        (["--port", "TAKEN"], "is already in use"),
    ],
)
def test_invalid_options_are_refused(options: list[str], message: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = invoke("serve", *(port if word == "TAKEN" else word for word in options))
    assert result.exit_code == 2
    assert message in result.output
