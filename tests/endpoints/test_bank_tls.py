"""A bank's door behind TLS: the ``ssl:`` endpoints of the configuration work with what is installed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_twisted
import requests
import zeep
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet import reactor, ssl
from twisted.internet.endpoints import (
    HostnameEndpoint,
    connectProtocol,
    serverFromString,
    wrapClientTLS,
)
from twisted.internet.threads import deferToThread

from gateway.endpoints.bank_iso8583 import BankLinkFactory
from gateway.simulators.bank import BankSimulator
from gateway.simulators.bank_messages import BankIdentity
from gateway.simulators.bank_profile import BankProfile
from tests.builders import NOON, bank_door, database, drn, soap_site


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file


# Twisted hands pyOpenSSL its own certificate class, which pyOpenSSL would rather not see; both still work.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:OpenSSL", "ignore::DeprecationWarning:twisted")
@pytest_twisted.ensureDeferred
async def test_a_bank_signs_on_through_tls(tmp_path):
    key_file, certificate_file = self_signed(tmp_path)
    engine = database(tmp_path / "till.db", 1)
    factory = BankLinkFactory(bank_door(engine, clock=reactor))
    described = f"ssl:0:privateKey={key_file}:certKey={certificate_file}:interface=127.0.0.1"
    port = await serverFromString(reactor, described).listen(factory)
    authority = ssl.Certificate.loadPEM(certificate_file.read_text())
    plain = HostnameEndpoint(reactor, b"localhost", port.getHost().port)
    endpoint = wrapClientTLS(ssl.optionsForClientTLS("localhost", trustRoot=authority), plain)
    simulator = BankSimulator(BankProfile.named("default"), BankIdentity())
    link = await connectProtocol(endpoint, simulator.link(reactor))
    assert (await link.sign_on()).fields[39] == "00"
    link.close()
    await factory.drain()
    await port.stopListening()
    engine.dispose()


@pytest.mark.filterwarnings("ignore::DeprecationWarning:OpenSSL", "ignore::DeprecationWarning:twisted")
@pytest_twisted.ensureDeferred
async def test_a_bank_pays_by_soap_through_tls(tmp_path):
    key_file, certificate_file = self_signed(tmp_path)
    site = soap_site(database(tmp_path / "till.db", 1), clock=reactor, password=b"open sesame")
    described = f"ssl:0:privateKey={key_file}:certKey={certificate_file}:interface=127.0.0.1"
    port = await serverFromString(reactor, described).listen(site)
    address = f"https://localhost:{port.getHost().port}/collection?wsdl"

    def pay():
        with requests.Session() as session:
            session.trust_env = False  # this machine may have certificates and proxies of its own
            session.auth, session.verify = ("east", "open sesame"), str(certificate_file)
            client = zeep.Client(address, transport=zeep.Transport(session=session, operation_timeout=10))
            day, amount = NOON.date(), Decimal("100.00")
            paid = {"reference": "R1", "date": day, "amount": amount, "currency": "CNY", "meter": drn(1)}
            return client.service.Pay(**paid)

    assert (await deferToThread(pay)).outcome == "approved"
    await port.stopListening()
    await site.drain()
