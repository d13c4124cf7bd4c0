"""A SOAP 1.1 fault: whose it is, what is wrong, which element, and the cure.

    Client.*                    the request must be changed before it is sent again
    Server.Busy                 nothing was done; send it again
    Server.Unknown              it may have been done; send it again, under the same reference
    Server.Fault                a fault of our own; send it again, and tell us

What is behind a fault is never said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
NAMESPACE: Final = "urn:powertill:collection:1"

_WORDS_MAX: Final = 300
"""Characters of one sentence: a validator's may repeat what it was sent, which may be long."""


class SoapFault(Exception):  # noqa: N818 - whose fault it is, its code says
    """Something to answer with a fault. ``http`` is the status, 500 unless HTTP knows better (SOAP 1.1, 6.2).

    ``field`` is the element or header at fault, or empty.
    """

    def __init__(self, code: str, sentence: str, cure: str, *, field: str = "", http: int = 500) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.cure = cure
        self.field = field
        self.http = http


def fault_octets(fault: SoapFault) -> bytes:
    """Write a fault, with our own detail ``Problem`` (field, cure) where the fault is about the body.

    SOAP 1.1, 4.4: ``faultcode`` is qualified, ``faultstring`` is for a person, ``detail`` is the body's.
    """
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP, "c": NAMESPACE})
    place = etree.SubElement(etree.SubElement(envelope, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault")
    etree.SubElement(place, "faultcode").text = f"soap:{fault.code}"
    etree.SubElement(place, "faultstring").text = xml_text(fault.sentence)[:_WORDS_MAX]
    problem = etree.SubElement(etree.SubElement(place, "detail"), f"{{{NAMESPACE}}}Problem")
    if fault.field:
        etree.SubElement(problem, f"{{{NAMESPACE}}}field").text = xml_text(fault.field)[:_WORDS_MAX]
    etree.SubElement(problem, f"{{{NAMESPACE}}}cure").text = xml_text(fault.cure)[:_WORDS_MAX]
    return written(envelope)


def written(envelope: _Element) -> bytes:
    """Write an envelope as the bytes of a body."""
    octets: bytes = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return octets


def xml_text(text: str) -> str:
    """Write a text in characters that XML 1.0 can carry (2.2), since what is booked must be sayable."""
    if text.isprintable():  # surrogates and controls are not printable
        return text
    return "".join(c if _is_xml(c) else "?" for c in text)


def _is_xml(character: str) -> bool:
    return (
        character in "\t\n\r"
        or " " <= character <= "\ud7ff"
        or "\ue000" <= character <= "\ufffd"
        or character >= "\U00010000"
    )
