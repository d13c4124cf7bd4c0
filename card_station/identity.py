"""Who a station is: its key, which never leaves its folder, and the certificate that the centre gave it.

    key.pem            made here, mode 0600
    certificate.pem    from the centre: for the one-time code at first, renewed over the station's own line
    authority.pem      whose signature the centre's own certificate has; brought by the engineer

The request is PKCS #10 (RFC 2986): the centre takes the public key of it, and names the station itself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from card_station.gateway_client import Papers

if TYPE_CHECKING:
    from pathlib import Path


#: How long before its end a certificate is renewed: some weeks of trying, in the last third of its life.
RENEW_AT_MOST: Final = timedelta(days=30)


class IdentityFault(Exception):  # noqa: N818 - said to the engineer as it is
    """The station's papers cannot be used; the text names the file and the cure."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the papers of a station are."""

    path: Path
    authority: Path

    @property
    def is_enrolled(self) -> bool:
        """Has the station a certificate?"""
        return (self.path / "certificate.pem").exists()

    def papers(self) -> Papers:
        """Read them; IdentityFault where the station was not enrolled."""
        if not self.is_enrolled:
            raise IdentityFault(
                f"{self.path}: this station has no certificate; cure: powertill station enrol --code CODE"
            )
        return Papers(
            self.authority_pem(),
            _text(self.path / "key.pem", "enrol the station anew"),
            _text(self.path / "certificate.pem", "enrol the station anew"),
        )

    def authority_pem(self) -> str:
        """Read the centre's authority."""
        return _text(self.authority, "copy the authority's certificate there from the centre")

    def key(self) -> str:
        """Give the station's key in PEM; made where there is none yet."""
        file = self.path / "key.pem"
        if not file.exists():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = ec.generate_private_key(ec.SECP256R1())
            octets = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            kept(file, octets.decode("ascii"))
        return _text(file, "take the file away and enrol the station anew")

    def keep(self, certificate: str) -> None:
        """Keep the certificate that the centre gave."""
        kept(self.path / "certificate.pem", certificate)


def request_of(key: str) -> str:
    """Make the request for a certificate; ValueError where the key is none."""
    private = load_pem_private_key(key.encode(), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise IdentityFault(
            "key.pem is no key of this program; cure: take it away and enrol the station anew"
        )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "card station")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(private, SHA256())
    return made.public_bytes(Encoding.PEM).decode("ascii")


def third_of_life(certificate: str) -> timedelta:
    """Say how long before its end a certificate is renewed that does not last for long."""
    read = x509.load_pem_x509_certificate(certificate.encode())
    return (read.not_valid_after_utc - read.not_valid_before_utc) / 3


def kept(file: Path, text: str) -> None:
    """Write a file that only its user may read: whole or not at all, and on the disk."""
    new = file.with_suffix(".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(handle)
    new.replace(file)


def _text(file: Path, cure: str) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as fault:
        raise IdentityFault(f"{file}: cannot be read: {fault}; cure: {cure}") from None
