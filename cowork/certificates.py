"""A hub's self-signed certificate, which clients verify by the fingerprint in the invite."""

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

FILE_NAME = "certificate.pem"
# RFC 5280's date for "never expires": clients verify the certificate by its digest, not by its dates
NEVER = datetime.datetime(9999, 12, 31, 23, 59, 59)
LONG_AGO = datetime.datetime(2020, 1, 1)


@dataclass(frozen=True)
class Certificate:
    """`path`: the PEM file of the certificate and its key; `fingerprint`: SHA-256 of the certificate's DER, in hex."""

    path: Path
    fingerprint: str

    def context(self) -> ssl.SSLContext:
        """Returns a server's context, for TLS 1.2 or newer."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.path)
        return context


def load_or_create(folder: Path) -> Certificate:
    """Loads the certificate of a folder, which is created once, readable by its owner only. Raises OSError, and
    Refusal if the file holds no certificate."""
    path = folder / FILE_NAME
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        files.write_new(path, _make(), 0o600)
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        says = f"{path} contains no certificate. Restore your backup, or remove the file and invite everybody again."
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
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(pem) + secret


class WrongFingerprint(ssl.SSLCertVerificationError):
    """The certificate differs from the pinned one."""


def client_context(fingerprint: str) -> ssl.SSLContext:
    """Returns a client's context, which accepts only the certificate with this fingerprint, or with "" those that the
    system's authorities verify. Otherwise the handshake fails with WrongFingerprint, before anything is sent."""
    if not fingerprint:
        context = ssl.create_default_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the fingerprint is checked instead

        def check(der: bytes | None) -> None:
            if hashlib.sha256(der or b"").hexdigest() != fingerprint.lower():
                raise WrongFingerprint("the hub's certificate is not the one in the invite")

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
