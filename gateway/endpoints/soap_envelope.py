"""Open a SOAP 1.1 envelope that a stranger sent: judged as bytes, then as a tree, then as SOAP.

    bytes   UTF-8 and nothing else, no NUL, no DOCTYPE: so there are no entities and no other document
    tree    well-formed, not deep, no xsi attributes (they could point a validator at another schema)
    SOAP    one Envelope, one Body, one element in it, and no header that we would have to understand

Nothing in it is believed before all of that has been seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lxml import etree

from gateway.endpoints.soap_fault import SOAP, SoapFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

DEPTH_MAX: Final = 32
"""Elements within elements: a request of ours has four; a parser's own limit is ten times this."""

_SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_ENCODING: Final = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"'>]{0,40})""")
#: What XML calls white space (XML 1.0, 2.3); no other character is passed over.
_BLANKS: Final = " \t\r\n"
_UTF_8_MARK: Final = b"\xef\xbb\xbf"
_AS_IN_THE_PAGE: Final = "send an envelope such as docs/bank-integration-soap.md shows"


def hardened_parser() -> etree.XMLParser:
    """Make the one kind of parser that reads what strangers send: no entities, no DTD, no network.

    ``huge_tree`` stays off, so libxml2's own limits of depth and text hold besides ours. Comments and
    processing instructions are left out, so that none can hide in the middle of a number.
    """
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
    )


def opened(octets: bytes, parser: etree.XMLParser) -> _Element:
    """Return the one element in the Body, its texts without blanks around them; SoapFault for the rest."""
    _require_plain_octets(octets)
    try:
        root = etree.fromstring(octets, parser)
    except etree.XMLSyntaxError as fault:
        line, column = fault.position
        sentence = f"the request is not well-formed XML: line {line}, column {column}"
        raise _refused(sentence, "let an XML library write the request") from None
    _require_plain_tree(root)
    return _payload(root)


def _require_plain_octets(octets: bytes) -> None:
    if not octets.strip():
        raise _refused("the request is empty", _AS_IN_THE_PAGE)
    named = _ENCODING.match(octets.removeprefix(_UTF_8_MARK))
    if named is not None and named[1].lower() != b"utf-8":
        raise _refused("the XML declaration names another encoding than UTF-8", "write UTF-8, and say so")
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise _refused(f"byte {fault.start} of the request is not UTF-8", "write UTF-8") from None
    if b"\0" in octets:
        raise _refused("there is a NUL in the request", "send text without control characters")
    if b"<!DOCTYPE" in octets or b"<!ENTITY" in octets:
        raise _refused("the request has a DOCTYPE", "send none: it is never needed here")


def _require_plain_tree(root: _Element) -> None:
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        if depth > DEPTH_MAX:
            raise _refused(f"elements nest deeper than {DEPTH_MAX}", _AS_IN_THE_PAGE)
        if any(name.startswith(_XSI) for name in element.keys()):  # noqa: SIM118 - an element is no mapping
            raise _refused("there is an xsi attribute", "send no xsi:type, xsi:nil or xsi:schemaLocation")
        if element.text:
            # A number on a line of its own is the same number; what reads it must not have to know.
            element.text = element.text.strip(_BLANKS) or None
        waiting += ((child, depth + 1) for child in element)


def _payload(root: _Element) -> _Element:
    if root.tag == f"{{{_SOAP_12}}}Envelope":
        sentence = "this is a SOAP 1.2 envelope"
        raise SoapFault("VersionMismatch", sentence, f"send SOAP 1.1, namespace {SOAP}", field="Envelope")
    if root.tag != f"{{{SOAP}}}Envelope":
        raise _refused("the outermost element is not a SOAP 1.1 Envelope", _AS_IN_THE_PAGE)
    *headers, body = list(root) or [root]
    if len(headers) > 1 or any(part.tag != f"{{{SOAP}}}Header" for part in headers):
        raise _refused("beside the Body the Envelope may hold one Header, before it", _AS_IN_THE_PAGE)
    for header in headers:
        _require_no_duty(header)
    if body.tag != f"{{{SOAP}}}Body":
        raise _refused("the Envelope must end with its Body", _AS_IN_THE_PAGE)
    if len(body) != 1:
        raise _refused(f"the Body must hold one element, not {len(body)}", "send one operation at a time")
    payload: _Element = body[0]
    return payload


def _require_no_duty(header: _Element) -> None:
    """SOAP 1.1, 4.2.3: a header entry that must be understood, and is not, ends in a fault of its own."""
    for entry in _duties(header):
        name = etree.QName(entry).localname
        sentence = f"the header {name} must be understood, and is not"
        raise SoapFault("MustUnderstand", sentence, "leave the header out", field=name)


def _duties(header: _Element) -> Iterator[_Element]:
    # Whatever is not plainly "no" is a duty: it costs the sender a fault, the other reading an order misread.
    return (entry for entry in header if entry.get(f"{{{SOAP}}}mustUnderstand", "0") not in {"0", "false"})


def _refused(sentence: str, cure: str) -> SoapFault:
    return SoapFault("Client.Envelope", sentence, cure, field="Envelope")
