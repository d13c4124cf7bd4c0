"""Check that a profile fits together: a slip of the pen must show at the start, not in every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.endpoints.field_name import field_name

if TYPE_CHECKING:
    from collections.abc import Iterator

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
