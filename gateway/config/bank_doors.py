"""Where a bank knocks: at its ISO 8583 door, at its SOAP door, or at both; and what the SOAP door must have.

A password that is sent in the clear is nobody's secret, and a door without one sells to whoever finds it. So
beyond the loopback address the SOAP door is opened with TLS and a secret, or it is not opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.config.listen import is_local, listen_of
from gateway.config.secret_file import secret_of

if TYPE_CHECKING:
    from gateway.config.reader import Section
    from gateway.secret import Secret


def doors_of(section: Section) -> tuple[str | None, str | None]:
    """Give where ISO 8583 and SOAP are listened for, None for the door that there is not; one must be."""
    listen = listen_of(section) if section.has("listen") else None
    soap_listen = listen_of(section, "soap_listen") if section.has("soap_listen") else None
    if listen is None and soap_listen is None:
        cure = "add the line listen = … (for ISO 8583), or soap_listen = … (for SOAP), or both"
        raise section.fault("listen", "is missing", cure)
    return listen, soap_listen


def soap_secret_of(section: Section, soap_listen: str | None) -> Secret | None:
    """Read the SOAP door's secret; ConfigFault where the door would be open to strangers."""
    secret = secret_of(section, "soap_secret_file") if section.has("soap_secret_file") else None
    if soap_listen is None:
        if secret is not None:
            what, cure = "guards a door that there is not", "add soap_listen, or take the line out"
            raise section.fault("soap_secret_file", what, cure)
        return None
    if is_local(soap_listen):
        return secret
    if not soap_listen.startswith("ssl:"):
        what = "reaches beyond this machine without TLS: who is on the line reads the secret and the tokens"
        cure = 'begin it with "ssl:", or let it listen on 127.0.0.1 behind a tunnel that ends on this machine'
        raise section.fault("soap_listen", what, cure)
    if secret is None:
        what = "reaches beyond this machine and has no secret: whoever finds it buys on the bank's account"
        raise section.fault("soap_listen", what, "name a soap_secret_file, and give the bank its content")
    return secret
