"""TLS around the card stations' site; what TLS asks for is in ``adapters.keys.station_tls``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.protocols.tls import TLSMemoryBIOFactory

if TYPE_CHECKING:
    from adapters.keys.station_tls import StationTls
    from gateway.endpoints.station_site import StationSite


class StationWire(TLSMemoryBIOFactory):
    """TLS around the site; what the site has no room for is closed before TLS is spoken."""

    noisy = False

    def __init__(self, tls: StationTls, site: StationSite) -> None:
        # Twisted's signature, False: not the client's side; its interfaces mean nothing to the type checker.
        super().__init__(tls, False, site)  # type: ignore[arg-type]  # noqa: FBT003

    def buildProtocol(self, addr: Any) -> Any:  # noqa: ANN401, N802 - Twisted's signature
        """Make the connection; None (it is closed) beyond the site's limit."""
        inner = self.wrappedFactory.buildProtocol(addr)
        return None if inner is None else self.protocol(self, inner)
