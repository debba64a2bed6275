"""A hub's certificate, which it signs itself, and how a client knows it again: by its fingerprint, from the invite."""

from __future__ import annotations

import datetime
import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cowork.refusal import Refusal
from learner import files

FILE = "certificate.pem"
# RFC 5280 writes "never" like this: clients know the certificate by its digest, not by its dates
NEVER = datetime.datetime(9999, 12, 31, 23, 59, 59)
LONG_AGO = datetime.datetime(2020, 1, 1)


@dataclass(frozen=True)
class Certificate:
    """`path` has the certificate and its key, PEM; `fingerprint` is SHA-256 of the certificate's DER, hex."""

    path: Path
    fingerprint: str

    def context(self) -> ssl.SSLContext:
        """For a server: TLS 1.2 or newer."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.path)
        return context


def load_or_create(folder: Path) -> Certificate:
    """The certificate in a folder; made once, readable for its owner only. Raises OSError, and Refusal where the
    file holds none."""
    path = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        files.write_new(path, _make(), 0o600)
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        says = f"{path} holds no certificate. Put back your copy of it; without one, move it away and invite all anew."
        raise Refusal("certificate", says) from error
    return Certificate(path, certificate.fingerprint(hashes.SHA256()).hex())


def _make() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fromscratch hub")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(LONG_AGO)
        .not_valid_after(NEVER)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + secret


class WrongFingerprint(ssl.SSLCertVerificationError):
    """Another certificate than the one that was pinned."""


def client_context(fingerprint: str) -> ssl.SSLContext:
    """For a client: takes the one certificate with this fingerprint; with "", those that the system's authorities
    vouch for. The handshake fails with WrongFingerprint before anything is sent."""
    if not fingerprint:
        context = ssl.create_default_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # in place of names, dates and authorities: the certificate itself

        def check(der: bytes | None) -> None:
            if hashlib.sha256(der or b"").hexdigest() != fingerprint.lower():
                raise WrongFingerprint("the hub shows another certificate than the invite said")

        class Pinned(ssl.SSLObject):
            def do_handshake(self) -> None:
                super().do_handshake()
                check(self.getpeercert(True))

        class PinnedSocket(ssl.SSLSocket):
            def do_handshake(self, *args: Any, **options: Any) -> None:
                super().do_handshake(*args, **options)
                check(self.getpeercert(True))

        context.sslobject_class = Pinned
        context.sslsocket_class = PinnedSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
