"""The contract ``Collection``, version 1, in the namespace ``urn:powertill:collection:1``: its operations and
elements as a table, and the codec that spyne and lxml make of it.

    request bytes → a call      result → answer bytes      URL → WSDL

spyne is contract and codec only: it serves nothing and runs nothing. Every element has its limit here; what
does not fit is refused by lxml with the schema that the WSDL publishes, before anything else looks at it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from gateway.core.meter import Carrier
from gateway.core.remote_order import RemoteState
from gateway.endpoints import soap_values as values
from gateway.endpoints.soap_compat import (
    Application,
    Boolean,
    ComplexModel,
    Date,
    DateTime,
    Decimal,
    Fault,
    ServiceBase,
    Soap11,
    Unicode,
    UnsignedLong,
    Wsdl11,
    rpc,
    unregister_application,
)
from gateway.endpoints.soap_envelope import hardened_parser, opened
from gateway.endpoints.soap_fault import NAMESPACE, SOAP, SoapFault, written, xml_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

#: An address that the WSDL is built with once; the caller's is put in its place.
_ANY_ADDRESS: Final = "http://address.invalid/collection"

#: How a validator's sentence begins: with the element at fault, and its namespace where it has one.
_AT_FAULT: Final = re.compile(r"Element '(?:\{([^{}]*)\})?([^']{1,80})")

#: What lxml's validator finds beside elements (its names for rules of XML Schema, part 1), in our words.
_NOT_ELEMENTS: Final = {
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "text between its elements",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "an attribute",
    "SCHEMAV_CVC_TYPE_3_1_1": "an attribute",
}

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"

_MUST: Final = {"min_occurs": 1, "nillable": False}
_MAY: Final = {"min_occurs": 0, "nillable": False}
_ONE_OF: Final = {"xml_choice_group": "one_of", **_MUST}

#: Long enough for the words of every refusal and its detail; what is longer is cut.
_SENTENCE_MAX: Final = 400
_NAME_MAX: Final = 200
_KWH: Final = r"[0-9]{1,16}\.[0-9]"
_KEY_CHANGE_MAX: Final = 4
"""Tokens of one key change (IEC 62055-41: two to four)."""
_LINES_MAX: Final = 64
"""Lines of one receipt: an entry has no more postings."""


@dataclass(frozen=True, slots=True)
class Member:
    """One element: its name in XML and in our values, its type, and what it must be, in words."""

    name: str
    attribute: str
    kind: Any  # spyne's types carry none themselves
    must: str = ""


def _text(pattern: str, must: str, name: str, attribute: str, **occurs: object) -> Member:
    return Member(name, attribute, Unicode(pattern=pattern, **occurs), must)


def _said(name: str, attribute: str, length: int, **occurs: object) -> Member:
    return Member(name, attribute, Unicode(max_len=length, **occurs))


def _word(name: str, words: list[str], **occurs: object) -> Member:
    return Member(name, name, Unicode(values=words, **occurs), f"one of {', '.join(words)}")


def _amount(**occurs: object) -> Member:
    pattern = r"[0-9]{1,13}(\.[0-9]{1,4})?"
    kind = Decimal(total_digits=17, fraction_digits=4, pattern=pattern, **occurs)
    return Member("amount", "amount", kind, "at most 13 digits, perhaps a point and the currency's decimals")


def _currency(**occurs: object) -> Member:
    return _text("[A-Z]{3}", "three letters of ISO 4217, such as CNY", "currency", "currency", **occurs)


def _reference() -> tuple[Member, Member]:
    must = "1 to 40 of A-Z a-z 0-9 . _ -, the first a letter or digit"
    pattern = "[A-Za-z0-9][A-Za-z0-9._-]{0,39}"
    day = Date(pattern="[0-9]{4}-[0-9]{2}-[0-9]{2}", **_MUST)
    return (
        _text(pattern, must, "reference", "reference", **_MUST),
        Member("date", "date", day, "a day such as 2026-11-23, without a time zone"),
    )


def _meter() -> tuple[Member, Member]:
    number = "11, 13 or 18 digits; blanks between them do not count"
    account = "1 to 40 printable ASCII characters, as the utility writes it; send it instead of meter"
    return (
        _text("[0-9 ]{11,40}", number, "meter", "meter", **_ONE_OF),
        _text(r"[!-~]([ -~]{0,38}[!-~])?", account, "account", "account", **_ONE_OF),
    )


def _terminal() -> Member:
    must = "1 to 16 printable ASCII characters"
    return _text("[!-~]([ -~]{0,14}[!-~])?", must, "terminal", "terminal", **_MAY)


def _refusal() -> tuple[Member, ...]:
    # No enumeration: a new reason must not break a client that checks what it reads.
    return _said("reason", "reason", 40, **_MAY), _said("sentence", "sentence", _SENTENCE_MAX, **_MAY)


def _receipt() -> Member:
    return Member("receiptNo", "receipt_no", UnsignedLong(**_MAY))


def _whose() -> tuple[Member, ...]:
    return (
        _said("meter", "meter", 18, **_MAY),
        _said("account", "account", _NAME_MAX, **_MAY),
        _said("customer", "customer", _NAME_MAX, **_MAY),
    )


_CARRIER: Final = [carrier.value for carrier in Carrier]
_LINE: Final = (_said("code", "code", _NAME_MAX, **_MUST), Member("amount", "amount", Decimal(**_MUST)))


def _energy(line: Any, **occurs: object) -> tuple[Member, ...]:  # noqa: ANN401 - spyne's types carry none
    """What a sale or an offer is of, and how its price comes about."""
    return (
        Member("energyWh", "energy_wh", UnsignedLong(**occurs)),
        _text(_KWH, "", "energyKwh", "energy_kwh", **occurs),
        Member("line", "line", line.customize(max_occurs=_LINES_MAX, **occurs)),
        _said("tariffVersion", "tariff_version", _NAME_MAX, **occurs),
    )


def _free() -> tuple[Member, ...]:
    return (
        Member("freeWh", "free_wh", UnsignedLong(**_MAY)),
        _text(_KWH, "", "freeKwh", "free_kwh", **_MAY),
    )


def _offer(line: Any) -> tuple[Member, ...]:  # noqa: ANN401 - spyne's types carry none
    return (
        Member("amount", "amount", Decimal(**_MUST)),
        *_energy(line, **_MUST),
        *_free(),
        Member("validUntil", "valid_until", DateTime(**_MUST)),
    )


def _payment_result(line: Any) -> tuple[Member, ...]:  # noqa: ANN401 - spyne's types carry none
    return (
        _word("outcome", ["approved", "declined", "reversed"], **_MUST),
        *_refusal(),
        _receipt(),
        *_whose(),
        Member("amount", "amount", Decimal(**_MAY)),
        _currency(**_MAY),
        *_energy(line, **_MAY),
        _word("carrier", _CARRIER, **_MAY),
        _text("[0-9]{20}", "", "token", "token", **_MAY),
        Member("businessDate", "business_date", Date(**_MAY)),
        # Behind everything that version 1 began with, so that older clients read on as before.
        *_free(),
        _text("[0-9]{20}", "", "freeToken", "free_token", **_MAY),
        _text("[0-9]{20}", "", "keyChangeToken", "key_change", max_occurs=_KEY_CHANGE_MAX, **_MAY),
        _word("loading", [one.value for one in RemoteState], **_MAY),
    )


def _requests() -> dict[str, tuple[Any, tuple[Member, ...]]]:
    """Each operation with the call it becomes and its elements."""
    advice = Member("isAdvice", "is_advice", Boolean(**_MAY), "true or false")
    echoed = _text("[ -~]{1,100}", "1 to 100 printable ASCII characters", "text", "text", **_MUST)
    paid = (_amount(**_MUST), _currency(**_MUST), _terminal(), advice)
    named = (_amount(**_MAY), _currency(**_MAY))
    return {
        "Inquire": (values.InquireCall, (*named, *_meter())),
        "Pay": (values.PayCall, (*_reference(), *paid, *_meter())),
        "QueryResult": (values.QueryCall, _reference()),
        "Reverse": (values.ReverseCall, (*_reference(), *named)),
        "Echo": (values.EchoCall, (echoed,)),
    }


def _answers(line: Any, offer: Any) -> dict[str, tuple[Member, ...]]:  # noqa: ANN401 - spyne's types carry none
    """The elements of each operation's answer."""
    found = (
        _said("powerType", "power_type", _NAME_MAX, **_MAY),
        _word("carrier", _CARRIER, **_MAY),
        Member("least", "least", Decimal(**_MAY)),
        Member("most", "most", Decimal(**_MAY)),
        _currency(**_MAY),
        Member("offer", "offer", offer.customize(**_MAY)),
    )
    return {
        "Inquire": (_word("outcome", ["found", "declined"], **_MUST), *_refusal(), *_whose(), *found),
        "Pay": _payment_result(line),
        "QueryResult": _payment_result(line),
        "Reverse": (_word("outcome", ["reversed", "declined"], **_MUST), *_refusal(), _receipt()),
        "Echo": (
            _said("text", "text", 100, **_MUST),
            Member("time", "time", DateTime(**_MUST)),
            _said("bank", "bank", 16, **_MUST),
        ),
    }


class CollectionContract:
    """The codec. It keeps nothing of what it reads or writes; made once, since a schema is compiled."""

    def __init__(self) -> None:
        self._line = _model("Line", _LINE)
        self._offer_members = _offer(self._line)
        self._offer = _model("Offer", self._offer_members)
        self._requests, self._answers = _requests(), _answers(self._line, self._offer)
        self._request_models = {name: _model(name, row[1]) for name, row in self._requests.items()}
        self._answer_models = {name: _model(f"{name}Response", row) for name, row in self._answers.items()}
        application = Application([self._service()], NAMESPACE, "Collection", Soap11(), Soap11())
        application.transport = "http://schemas.xmlsoap.org/soap/http"
        unregister_application(application)  # spyne would keep it for good, and nobody asks it for one
        self._protocol = Soap11(application, parse_xsi_type=False)
        self._parser = hardened_parser()
        document = Wsdl11(application.interface)
        document.build_interface_document(_ANY_ADDRESS)
        self._wsdl = _in_order(document.get_interface_document())
        self._schema = etree.XMLSchema(_schema_of(self._wsdl))

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of the operations."""
        return tuple(self._requests)

    def wsdl(self, address: str) -> bytes:
        """Return the WSDL for a service at ``address``, which must be plain (no ``&``, ``<`` or quotes)."""
        return self._wsdl.replace(_ANY_ADDRESS.encode(), address.encode())

    def read(self, octets: bytes) -> tuple[str, values.Call]:
        """Read a request: its operation and its call; SoapFault where it is not in the contract."""
        payload = opened(octets, self._parser)
        name = etree.QName(payload).localname
        if payload.tag != f"{{{NAMESPACE}}}{name}" or name not in self._requests:
            cure = f"send {', '.join(self._requests)} in the namespace {NAMESPACE}"
            raise SoapFault("Client.Operation", f"no operation is called {payload.tag}", cure, field=name)
        if not self._schema.validate(payload):
            raise self._unfit(name, self._schema.error_log[0])
        call, members = self._requests[name]
        try:
            found = self._protocol.from_element(None, self._request_models[name], payload)
        except Fault as fault:  # a date such as 0000-01-01: the schema knows it, Python does not
            raise SoapFault("Client.Field", fault.faultstring, "correct the value", field=name) from None
        return name, call(**{member.attribute: getattr(found, member.name) for member in members})

    def write(self, operation: str, result: values.Result) -> bytes:
        """Write the answer to an operation; texts are cut to their limits, so that it can always be said."""
        model = self._answer_models[operation]
        told = self._all_told(self._answers[operation], result)
        envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP, "c": NAMESPACE})
        body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
        self._protocol.to_parent(None, model, model(**told), body, NAMESPACE, f"{operation}Response")
        return written(envelope)

    def _all_told(self, members: tuple[Member, ...], result: object) -> dict[str, object]:
        return {member.name: self._told(member, getattr(result, member.attribute)) for member in members}

    def _told(self, member: Member, value: object) -> object:
        if isinstance(value, values.OfferResult):
            return self._offer(**self._all_told(self._offer_members, value))
        if isinstance(value, str):
            most = member.kind.Attributes.max_len
            return xml_text(value)[: most if isinstance(most, int) else None]
        if isinstance(value, tuple):
            return [self._told(member, one) for one in value[:_LINES_MAX]]
        if isinstance(value, values.Line):
            return self._line(code=xml_text(value.code)[:_NAME_MAX], amount=value.amount)
        return value

    def _service(self) -> Any:  # noqa: ANN401 - spyne's classes carry no types
        """Declare the operations. None of them is ever run."""
        problem = type("Problem", (Fault,), {"__namespace__": NAMESPACE, "_type_info": _problem()})
        declared = {}
        for name, request in self._request_models.items():

            def never(_context: object, _request: object) -> None:
                raise AssertionError("the contract runs no operation")

            never.__name__ = name
            row = {"_returns": self._answer_models[name], "_body_style": "bare", "_throws": [problem]}
            declared[name] = rpc(request, **row)(never)
        return type("Collection", (ServiceBase,), declared)

    def _unfit(self, operation: str, error: Any) -> SoapFault:  # noqa: ANN401 - lxml carries no types
        """Say which element does not fit, and what it must be."""
        at = _AT_FAULT.match(error.message)
        namespace, field = (at[1] or "", at[2]) if at else (NAMESPACE, operation)
        if namespace != NAMESPACE:
            sentence = f"{field} stands in {f'the namespace {namespace}' if namespace else 'no namespace'}"
            cure = f"put the operation and all its elements into the namespace {NAMESPACE}"
            return SoapFault("Client.Field", sentence, cure, field=field)
        if error.type_name in _NOT_ELEMENTS:
            sentence = f"{field} has {_NOT_ELEMENTS[error.type_name]}"
            return SoapFault("Client.Field", sentence, "send elements, and nothing beside them", field=field)
        members = {member.name: member for member in self._requests[operation][1]}
        if field in members and "not expected" not in error.message:
            cure = f"{field} must be {members[field].must}"
            return SoapFault("Client.Field", f"{field} does not fit", cure, field=field)
        names = re.findall(r"\{[^{}]*\}(\w{1,80})", error.message[at.end() if at else 0 :])
        missing = [one for one in names if one in members and members[one].kind.Attributes.min_occurs]
        sentence = f"{field} is not expected here" if field != operation else f"{operation} is not complete"
        if missing:
            sentence += f"; expected is {' or '.join(missing)}"
        cure = f"send, in this order: {_order(self._requests[operation][1])}"
        at_fault = missing[0] if missing and field == operation else field
        return SoapFault("Client.Field", sentence, cure, field=at_fault)


def _model(name: str, members: tuple[Member, ...]) -> Any:  # noqa: ANN401 - spyne's classes carry no types
    return ComplexModel.produce(NAMESPACE, name, [(member.name, member.kind) for member in members])


def _problem() -> Mapping[str, Any]:
    return {"field": Unicode(**_MAY), "cure": Unicode(**_MUST)}


def _order(members: tuple[Member, ...]) -> str:
    """Say the elements in their order, as a person reads it: ``reference, [terminal], meter|account``."""
    alone = [m for m in members if not m.kind.Attributes.xml_choice_group]
    said = [m.name if m.kind.Attributes.min_occurs else f"[{m.name}]" for m in alone]
    either = [m.name for m in members if m.kind.Attributes.xml_choice_group]
    return ", ".join([*said, *(["|".join(either)] if either else [])])


def _in_order(wsdl: bytes) -> bytes:
    """Sort the types, which spyne writes in the order of a set: the page must not change at each start."""
    root = etree.fromstring(wsdl, hardened_parser())
    schema = root.find(f".//{_XS}schema")
    schema[:] = sorted(schema, key=lambda one: (one.tag, one.get("name")))
    etree.cleanup_namespaces(root, keep_ns_prefixes=["tns", "xs"])
    octets: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return octets


def _schema_of(wsdl: bytes) -> _Element:
    """Take the schema out of the WSDL, so that what is published is what is checked."""
    (schema,) = etree.fromstring(wsdl, hardened_parser()).iter(f"{_XS}schema")
    # Written out it brings along the prefixes that the WSDL around it has declared.
    alone: _Element = etree.fromstring(etree.tostring(schema, with_tail=False), hardened_parser())
    return alone
