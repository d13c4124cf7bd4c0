"""A centre behind HTTPS, as a station's program meets it: certificates on both sides, the wire's own answers.

It stands on the test's reactor, and answers with ``CentreOfBooks``. What happens to one message of the wire,
and to the station's process at it, the test says.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from twisted.internet import reactor as installed
from twisted.internet import ssl
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from card_station.centre import Ok, Refused

reactor: object = installed
CODE = "ABCD-EFGH-2345"


class Authority:
    """Signs the centre's certificate and the stations'."""

    def __init__(self, name="Stations"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._signed(self.name, self.key.public_key(), is_authority=True)

    @property
    def pem(self):
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def server(self, host="localhost"):
        """A key and a certificate of a server, in PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        made = self._signed(name, key.public_key(), host=host)
        octets = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return octets.decode() + made.public_bytes(Encoding.PEM).decode()

    def station(self, request, days=365):
        """Sign a station's request."""
        asked = x509.load_pem_x509_csr(request.encode())
        assert asked.is_signature_valid
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "n1")])
        made = self._signed(name, asked.public_key(), days=days)
        return made.public_bytes(Encoding.PEM).decode()

    def _signed(self, name, public_key, *, is_authority=False, host="", days=365):
        now = datetime.now(UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if host:
            names = x509.SubjectAlternativeName([x509.DNSName(host)])
            built = built.add_extension(names, critical=False)
        return built.sign(self.key, hashes.SHA256())


class CentreDoor(Resource):
    """The door. ``heard`` is called before (True) and behind (False) each question's answer."""

    isLeaf = True  # noqa: N815 - Twisted's name

    def __init__(self, centre, authority):
        super().__init__()
        self.centre, self.authority = centre, authority
        self.heard = lambda _op, *, is_before: None
        self.shown: list[str] = []
        self.days = 365
        self.answer_as = None

    def render_POST(self, request):  # noqa: N802 - Twisted's name
        op = request.path.decode().removeprefix("/station/v1/")
        shown = request.transport.getPeerCertificate()
        said = json.loads(request.content.read())
        if op == "enrol":
            found = self._enrolled(said)
            return self._say(request, 200, found)
        if shown is None:
            return self._say(request, 401, {"denied": "certificate", "sentence": "no certificate"})
        self.shown.append(shown.get_subject().CN)
        if self.answer_as is not None:
            return self._say(request, *self.answer_as)
        self.heard(op, is_before=True)
        Deferred.fromCoroutine(self._answered(request, op, said)).addErrback(
            lambda failure: self._end(request, 503, {"busy": repr(failure.value)})
        )
        return NOT_DONE_YET

    def _enrolled(self, said):
        if said["code"] != CODE:
            return {"refused": {"code": "wrong_code", "sentence": "no such code"}}
        ends = int((datetime.now(UTC) + timedelta(days=self.days)).timestamp() * 1e6)
        return {
            "ok": {
                "station": "n1",
                "certificate": self.authority.station(said["csr"], self.days),
                "authority": self.authority.pem,
                "ends_us": ends,
            }
        }

    async def _answered(self, request, op, said):
        if op == "renew":
            self._end(
                request, 200, {"ok": {"certificate": self.authority.station(said["csr"]), "ends_us": 1}}
            )
            return
        found = await self.centre.ask(op, said)
        self.heard(op, is_before=False)
        if isinstance(found, Ok):
            self._end(request, 200, {"ok": dict(found.content)})
        elif isinstance(found, Refused):
            self._end(request, 200, {"refused": {"code": found.code, "sentence": found.sentence}})
        else:
            self._end(request, 401, {"denied": "session", "sentence": "sign in"})

    def _end(self, request, code, said):
        if not request.finished and not request._disconnected:  # noqa: SLF001 - who asked was killed
            request.write(self._say(request, code, said))
            request.finish()

    def _say(self, request, code, said):
        request.setResponseCode(code)
        request.setHeader(b"content-type", b"application/json")
        request.setHeader(b"connection", b"close")
        return json.dumps(said).encode()


class HttpsCentre:
    """The door on a port of this machine."""

    def __init__(self, centre, *, authority=None, host="localhost", server=None):
        self.authority = authority or Authority()
        self.door = CentreDoor(centre, self.authority)
        mine = ssl.PrivateCertificate.loadPEM((server or self.authority).server(host))
        trusted = ssl.trustRootFromCertificates([ssl.Certificate.loadPEM(self.authority.pem.encode())])
        options = ssl.CertificateOptions(
            privateKey=mine.privateKey.original, certificate=mine.original, trustRoot=trusted
        )
        options.verify, options.requireCertificate = True, False
        self.port = installed.listenSSL(0, Site(self.door), options, interface="127.0.0.1")
        self.url = f"https://localhost:{self.port.getHost().port}"

    def stop(self):
        return maybeDeferred(self.port.stopListening)
