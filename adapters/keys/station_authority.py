"""The authority that signs the certificates of card stations: X.509 (RFC 5280), one key of our own.

A station's request (PKCS #10, RFC 2986) gives its public key, and by its signature the proof that it has the
private one; nothing else of it is taken. Whom a certificate names, what it may do and until when is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.core.station_certificate import StationCertificate
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

#: NIST SP 800-57: below this a key is too weak for as long as a certificate lasts.
RSA_BITS_MIN: Final = 2_048
RSA_BITS_MAX: Final = 8_192

#: A computer whose clock is a little behind ours must be able to use what it just got.
_CLOCK_OFF: Final = timedelta(minutes=5)

#: The authority itself: a station that outlives it is let in anew.
AUTHORITY_DAYS: Final = 3_650
_SERIAL_HEX: Final = 40

_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class RequestFault(ValueError):  # noqa: N818 - whose fault it is, is the word of this house
    """A station's request cannot be signed; the text says what is wrong with it, and the cure."""


class AuthorityFault(ValueError):  # noqa: N818 - likewise
    """The authority's files cannot be used; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class ServerPair:
    """The door's own certificate and its key, as PEM."""

    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        return "ServerPair(****)"


class StationAuthority:
    """Signs certificates of stations; ``drawn`` draws a serial number."""

    def __init__(
        self,
        certificate: bytes,
        key: bytes,
        days: int,
        *,
        drawn: Callable[[], int] = x509.random_serial_number,
    ) -> None:
        self._days = days
        self._drawn = drawn
        try:
            self._certificate = x509.load_pem_x509_certificate(certificate)
            found = load_pem_private_key(key, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise AuthorityFault("the files hold no certificate and key in PEM without a password") from None
        if not isinstance(found, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise AuthorityFault("the authority's key is neither EC nor RSA")
        self._key: _Key = found
        if found.public_key() != self._certificate.public_key():
            raise AuthorityFault("the authority's key is not that of its certificate")

    def __repr__(self) -> str:
        return "StationAuthority(****)"

    @property
    def pem(self) -> str:
        """The authority's certificate, for stations to know the centre by."""
        return self._certificate.public_bytes(Encoding.PEM).decode()

    @property
    def ends(self) -> datetime:
        """When nothing that it has signed counts any more."""
        return self._certificate.not_valid_after_utc

    def signed(self, csr: str, station: str, now: datetime) -> StationCertificate:
        """Sign a request for a station; RequestFault says what is wrong with it."""
        public = _public_key(csr)
        ends = min(now + timedelta(days=self._days), self.ends)
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
        made = self._made(_name(station), public, now, ends, usages)
        octets = made.public_bytes(Encoding.DER)
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return StationCertificate(
            number=f"{made.serial_number:0{_SERIAL_HEX}x}",
            station=station,
            fingerprint=sha256(octets).hexdigest(),
            key_digest=sha256(spki).hexdigest(),
            pem=made.public_bytes(Encoding.PEM).decode(),
            issued_us=microseconds(now),
            ends_us=microseconds(made.not_valid_after_utc),
            by="",
        )

    def server(self, hosts: Sequence[str], now: datetime) -> ServerPair:
        """Make a certificate for the door itself, under these names and addresses, with a new key."""
        key = ec.generate_private_key(ec.SECP256R1())
        usages = [ExtendedKeyUsageOID.SERVER_AUTH]
        made = self._made(_name("powertill"), key.public_key(), now, self.ends, usages, hosts)
        return ServerPair(made.public_bytes(Encoding.PEM), _private_pem(key))

    def _made(  # noqa: PLR0913, PLR0917 - the fields of a certificate
        self,
        name: x509.Name,
        public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
        now: datetime,
        ends: datetime,
        usages: Sequence[x509.ObjectIdentifier],
        hosts: Sequence[str] = (),
    ) -> x509.Certificate:
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._certificate.subject)
            .public_key(public)
            .serial_number(self._drawn())
            .not_valid_before(now - _CLOCK_OFF)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage(list(usages)), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_host(one) for one in hosts]), critical=False
            )
        return builder.sign(self._key, SHA256())


def new_authority(utility: str, now: datetime) -> ServerPair:
    """Make an authority: its certificate, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"{utility} card stations"[:64])
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_OFF)
        .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    return ServerPair(made.public_bytes(Encoding.PEM), _private_pem(key))


def _public_key(csr: str) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    """Take the public key of a request, and nothing else; its signature proves who has the private one."""
    try:
        request = x509.load_pem_x509_csr(csr.encode("ascii"))
        is_proven = request.is_signature_valid
        public = request.public_key()
    except (ValueError, UnsupportedAlgorithm, InvalidSignature):
        raise RequestFault("it is no certificate request in PEM (PKCS #10)") from None
    if not is_proven:
        raise RequestFault("its signature is not that of its own key; make the request anew")
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        return public
    if isinstance(public, rsa.RSAPublicKey) and RSA_BITS_MIN <= public.key_size <= RSA_BITS_MAX:
        return public
    raise RequestFault("its key must be EC P-256, or RSA of 2048 to 8192 bits")


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
