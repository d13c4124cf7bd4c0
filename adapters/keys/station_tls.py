"""TLS of the card stations' door: 1.2 or later, and no certificate but those of the stations' authority.

Whoever shows none may only enrol, which the door sees to; whoever shows another authority's, or one that is
over, does not get past the handshake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from twisted.internet import ssl
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from zope.interface import implementer

from adapters.keys.station_authority import AuthorityFault

if TYPE_CHECKING:
    from adapters.keys.station_authority import ServerPair

#: Which sessions of TLS may be resumed: those of this door.
_SESSIONS: Final = b"powertill stations"

#: pyOpenSSL, as Twisted imports it; its parts are untyped there.
_SSL: Final[Any] = ssl.SSL  # type: ignore[attr-defined]


@implementer(IOpenSSLServerConnectionCreator)
class StationTls:
    """Makes the server's side of connections, as Twisted asks for it.

    AuthorityFault: the door's own certificate and key cannot be used.
    """

    def __init__(self, pair: ServerPair, authority: str) -> None:
        context = _SSL.Context(_SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(_SSL.TLS1_2_VERSION)
        context.set_options(_SSL.OP_NO_RENEGOTIATION | _SSL.OP_CIPHER_SERVER_PREFERENCE)
        try:
            _show(context, pair)
        except (ValueError, TypeError, _SSL.Error):
            raise AuthorityFault(
                "the door's certificate and key are not in PEM without a password, or not of one pair"
            ) from None
        context.get_cert_store().add_cert(ssl.Certificate.loadPEM(authority.encode()).original)
        context.set_verify(_SSL.VERIFY_PEER, _is_verified)
        # A station's certificate is signed by the authority itself.
        context.set_verify_depth(1)
        context.set_session_id(_SESSIONS)
        self._context = context

    def serverConnectionForTLS(self, _protocol: object) -> Any:  # noqa: ANN401, N802 - Twisted's name and kind
        """Begin a connection."""
        return _SSL.Connection(self._context, None)


def _show(context: Any, pair: ServerPair) -> None:  # noqa: ANN401 - see _SSL
    chain = x509.load_pem_x509_certificates(pair.certificate)
    context.use_certificate(chain[0])
    for one in chain[1:]:
        context.add_extra_chain_cert(one)
    context.use_privatekey(load_pem_private_key(pair.key, None))
    context.check_privatekey()


def _is_verified(_connection: object, _certificate: object, _code: int, _depth: int, ok: int) -> bool:
    return bool(ok)
