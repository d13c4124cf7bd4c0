"""Check that a profile fits together: a slip of the pen must show at the start, not in every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.codecs.iso8583.contents import Misfit
from gateway.codecs.iso8583.message import ValueFault
from gateway.endpoints.field_name import field_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.codecs.iso8583.fields import FieldSpec
    from gateway.endpoints.bank_profile import BankProfile

#: What answers say (``bank_answer``); only the token must have a place, and a free token one that will do.
ANSWERS = frozenset(
    {
        "token", "key_change", "receipt", "energy", "free_token", "free_energy", "customer", "least",
        "tariff", "text", "authorisation", "settlement_date", "receipt_lines", "screen_lines",
    }
)  # fmt: skip

#: Where a free token can be said: its own place is the best, a line or a text for a person will do.
SAYS_FREE_TOKEN = ("free_token", "receipt_lines", "text")

#: Where the tokens of a key change can be said, and how many tags that takes (IEC 62055-41: four for EA11).
SAYS_KEY_CHANGE = ("key_change", "receipt_lines", "text")
KEY_CHANGE_TOKENS = 4

#: What may have a place of its own beside others in one field; all of it can come with one sale.
_TOKENS = ("token", "key_change", "free_token")
_DIGITS = "0" * 20

#: Room for the tokens that have no place of their own: lines, or characters where all stand in one text.
#: Text: ENTER FIRST with four tokens, and FREE TOKEN; slip: a line for each, and one for the paid token.
_WORDS = {"text": (5, 151), "receipt_lines": (6, 203)}

#: Names in ``digest_fields`` that stand for what was read, not for a field's text.
_READ = frozenset({"meter", "4", "49"})


def faults_of(profile: BankProfile) -> Iterator[str]:
    """Say what does not fit, as ``door.<path>`` and why; nothing where all does."""
    for name in sorted(profile.answer.keys() - ANSWERS):
        yield f"door.answer.{name} is not something that answers say; they say {', '.join(sorted(ANSWERS))}"
    if "token" not in profile.answer:
        yield "door.answer.token is missing: a paid token could not be said"
    places = [(f"door.answer.{name}", place) for name, place in profile.answer.items()]
    places += [("door.meter", candidate.place) for candidate in profile.meter]
    places.append(("door.offer_amount", profile.offer_amount))
    for path, place in places:
        yield from _place_faults(profile, path, place.field, place.tags)
    if (proof := profile.sign_on_proof) is not None:
        tags = (proof.access_key, proof.time, proof.signature)
        yield from _place_faults(profile, "door.sign_on.signature", proof.field, tags)
    for number in profile.echo:
        if number not in profile.spec.fields:
            yield f"door.echo names field {number}, which the messages do not have"
    yield from _name_faults(profile)
    if not any(name in profile.answer for name in SAYS_FREE_TOKEN):
        yield f"door.answer has none of {', '.join(SAYS_FREE_TOKEN)}: a free token could not be said"
    if not any(name in profile.answer for name in SAYS_KEY_CHANGE):
        yield f"door.answer has none of {', '.join(SAYS_KEY_CHANGE)}: a key change could not be said"
    own = profile.answer.get("key_change")
    if own is not None and len(own.tags) != KEY_CHANGE_TOKENS:
        yield f"door.answer.key_change has {len(own.tags)} tags, not {KEY_CHANGE_TOKENS}: one for each token"
    yield from _room_faults(profile)


def _room_faults(profile: BankProfile) -> Iterator[str]:
    """Say where all the tokens that one sale can have would not fit: one that is left out is money lost."""
    answer = profile.answer
    own = [answer[name] for name in _TOKENS if name in answer]
    for number in sorted({place.field for place in own}):
        tags = [tag for place in own if place.field == number for tag in place.tags]
        if not _holds(profile, number, tags):
            yield f"door.answer: field {number} has no room for all the tokens of one sale"
    words = "receipt_lines" if "receipt_lines" in answer else "text"
    if answer.keys() >= set(_TOKENS) or words not in answer:
        return
    place, (lines, characters) = answer[words], _WORDS[words]
    field = profile.spec.fields.get(place.field)
    if place.tags and len(place.tags) < lines:
        yield f"door.answer.{words} has {len(place.tags)} tags; the tokens of one sale take {lines} lines"
    elif not place.tags and field is not None and not _takes(field, "x" * characters):
        yield f"door.answer.{words}: field {place.field} has no room for {characters} characters of tokens"


def _holds(profile: BankProfile, number: int, tags: list[str]) -> bool:
    """Is there room for a token in each of these tags? What is not there at all is another fault."""
    field, layout = profile.spec.fields.get(number), profile.layouts.get(number)
    if field is None or (tags and layout is None):
        return True
    if not tags or layout is None:
        return _takes(field, _DIGITS)
    try:
        return _takes(field, layout.build(dict.fromkeys(tags, _DIGITS)))
    except ValueFault:
        return False


def _takes(field: FieldSpec, text: str) -> bool:
    try:
        field.write(text)
    except Misfit:
        return False
    return True


def _place_faults(profile: BankProfile, path: str, field: int, tags: tuple[str, ...]) -> Iterator[str]:
    if field not in profile.spec.fields:
        yield f"{path} stands in field {field}, which the messages do not have"
    if not tags:
        return
    layout = profile.layouts.get(field)
    if layout is None:
        yield f"{path} has a tag in field {field}, which has no layout in subfields"
        return
    known = layout.tags if layout.kind != "fixed" else frozenset(name for name, _ in layout.parts)
    for tag in tags:
        if known is not None and tag not in known:
            yield f"{path}: the layout of field {field} has no {tag}"


def _name_faults(profile: BankProfile) -> Iterator[str]:
    rows = [("key_fields", row) for row in profile.key_fields]
    rows += [("original_fields", row) for row in profile.original_fields]
    rows.append(("digest_fields", tuple(n for n in profile.digest_fields if n not in _READ)))
    for key, names in rows:
        for name in names:
            try:
                named = field_name(name)
            except ValueError:
                yield f"door.{key}: {name!r} is no field; write 37, 7.date or 90.trace"
                continue
            tags = (named.part,) if named.part else ()
            yield from _place_faults(profile, f"door.{key} {name}", named.number, tags)
