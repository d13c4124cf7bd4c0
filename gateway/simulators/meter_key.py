"""The key a virtual meter holds, and the parts of its next one while they are being typed in.

    part typed ──► kept ──► … ──last part──► the new key, revision, type, tariff index, KEN and supply group
                    │
                    └── forgotten: a part of another set comes, or ten other tokens before the last part

No part says of which set it is. That it is of another a meter can see only where the same place comes with
something else in it: then what was kept is forgotten, and a set begins anew with the part that just came. So
the tokens of one set, typed in their order, end with its key, whatever was typed of another set before. Typed
in another order, parts of two sets may fill each other's places and make a key that nobody knows, as they can
in a meter on a wall.

All of this is secret while a new key is on its way, and after it came: ``plain`` is for a sealed place only.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

from gateway.codecs.sts.block import MANAGEMENT_CLASS, StsBlock
from gateway.codecs.sts.cipher import EA_STA, KEY_OCTETS
from gateway.codecs.sts.content import content_of
from gateway.codecs.sts.key_change import gathered
from gateway.codecs.sts.key_section import FirstSection, KeySection, SgcSection
from gateway.core.key_ring import NEVER_EXPIRES
from gateway.core.token import StsIdentity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.sts.key_change import KeyChange

OTHER_TOKENS_MAX: Final = 10
"""Ten tokens between two parts of a set are no slip any more: whoever types the rest then has another set."""

_NEXT_BASE_DATE: Final = {1993: 2014, 2014: 2035, 2035: 2035}
_STATE: Final = "what a meter keeps of keys is its identity, its key, and the parts of the next one"


@dataclass(frozen=True, slots=True, repr=False)
class KeyMemory:
    """``ken`` is the key's expiry number; ``waited`` counts the tokens since the last of ``sections``."""

    identity: StsIdentity
    decoder_key: bytes
    ken: int
    sections: tuple[KeySection, ...] = ()
    waited: int = 0

    def __repr__(self) -> str:
        """Show no key."""
        return f"KeyMemory({self.identity}, ****, KEN {self.ken}, {len(self.sections)} sections)"

    def is_expired_for(self, tid: int) -> bool:
        """Has the key expired for a token of this id? Its upper eight bits are compared (6.1.10)."""
        return tid >> 16 > self.ken

    @property
    def missing(self) -> int:
        """How many tokens of the set are still to come."""
        places = 4
        if self.identity.ea == EA_STA:
            says_sgc = any(isinstance(one, SgcSection) or _announces_sgc(one) for one in self.sections)
            places = 3 if says_sgc else 2
        return places - len(self.sections)

    def with_section(self, section: KeySection) -> Self:
        """Keep a part; where one of another set is in its place, it is the first of a new set."""
        kept = () if any(_excludes(one, section) for one in self.sections) else self.sections
        return replace(self, sections=(*kept, section), waited=0)

    def after_other_token(self) -> Self:
        """Note that a token that is no part of a key was taken; the tenth ends the wait for the rest."""
        if not self.sections:
            return self
        if self.waited + 1 == OTHER_TOKENS_MAX:
            return self.without_sections()
        return replace(self, waited=self.waited + 1)

    def without_sections(self) -> Self:
        """Forget the parts of the next key."""
        return replace(self, sections=(), waited=0)

    def brought(self) -> KeyChange:
        """Return what the parts bring when none is missing; what no key change can say is a ValueError."""
        return gathered(self.sections, self.identity.ea)

    def changed(self, change: KeyChange) -> Self:
        """Hold the new key with what came with it.

        No token says the base date. Where the meter forgets its ids (RO) that has changed, and the next one
        is meant.
        """
        old = self.identity
        identity = replace(
            old,
            sgc=change.sgc or old.sgc,
            krn=change.krn,
            ti=change.ti,
            kt=change.kt,
            base_date=_NEXT_BASE_DATE[old.base_date] if change.is_rolled else old.base_date,
        )
        return type(self)(identity, change.new_key, change.ken)

    def plain(self) -> dict[str, object]:
        """Return it in values that JSON has, the keys in the clear."""
        return {
            "identity": asdict(self.identity),
            "decoder_key": self.decoder_key.hex(),
            "ken": self.ken,
            "sections": [[one.subclass, f"{one.body:011x}"] for one in self.sections],
            "waited": self.waited,
        }

    @classmethod
    def of_plain(cls, state: Mapping[str, Any]) -> Self:
        """Return what ``plain`` wrote; what no meter can hold is refused (ValueError) without showing it."""
        try:
            return cls._read(**state)
        except (TypeError, ValueError, AttributeError):
            raise ValueError(_STATE) from None

    @classmethod
    def _read(
        cls,
        *,
        # ``Any`` because these are JSON values, of which the constructors refuse what does not fit.
        identity: Mapping[str, Any],
        decoder_key: str,
        ken: int,
        sections: list[tuple[int, str]],
        waited: int,
    ) -> Self:
        named, key = StsIdentity(**identity), bytes.fromhex(decoder_key)
        memory = cls(named, key, ken)
        for subclass, body in sections:
            memory = memory.with_section(_section_of(subclass, body, named.ea))
        are_whole = len(memory.sections) == len(sections) and memory.missing > 0
        are_numbers = _is_below(ken, NEVER_EXPIRES + 1) and _is_below(waited, OTHER_TOKENS_MAX)
        if not (are_whole and are_numbers and len(key) == KEY_OCTETS[named.ea]):
            raise ValueError(_STATE)
        return replace(memory, waited=waited)


def _excludes(kept: KeySection, comes: KeySection) -> bool:
    """Can these two not be of one set? They have one place, or the third part was not announced (EA07)."""
    if kept.subclass == comes.subclass:
        return True
    first = next((one for one in (kept, comes) if isinstance(one, FirstSection)), None)
    third = next((one for one in (kept, comes) if isinstance(one, SgcSection)), None)
    return first is not None and third is not None and not first.says_sgc


def _announces_sgc(section: KeySection) -> bool:
    return isinstance(section, FirstSection) and section.says_sgc


def _section_of(subclass: int, body: str, ea: str) -> KeySection:
    """Return the part whose bits these are."""
    bits = int(body, 16)
    block = StsBlock(MANAGEMENT_CLASS, subclass, bits >> 40, bits >> 16 & 0xFF_FFFF, bits & 0xFFFF, crc=0)
    section = content_of(block, ea)
    if not isinstance(section, KeySection):
        raise ValueError(_STATE)  # noqa: TRY004 - a wrong state, as all others here
    return section


def _is_below(value: object, end: int) -> bool:
    return type(value) is int and 0 <= value < end
