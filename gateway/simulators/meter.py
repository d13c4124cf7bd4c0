"""A virtual STS meter: it takes tokens of every class as a meter on the wall does, each exactly once.

    20 digits ──its key──► credit, management   judged by KEN and id, carried out, the id is kept
                           part of a new key    kept until the last one: then the key changes
    20 digits ───────────► meter test           displayed; not enciphered, never stored

What it remembers is in ``meter_memory``, its keys in ``meter_key``, and the words of its display in
``meter_words``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self

from gateway.codecs.sts.block import TokenFault
from gateway.codecs.sts.cipher import cipher_of
from gateway.codecs.sts.content import CreditInCurrency, CreditInUnits, Management, MeterTest, OtherTest
from gateway.codecs.sts.seal import opened
from gateway.simulators.meter_answer import (
    Accepted,
    Added,
    Answer,
    Displayed,
    KeyChanged,
    Rejected,
    RejectedWhy,
    SectionKept,
    why_unreadable,
)
from gateway.simulators.meter_key import KeyMemory
from gateway.simulators.meter_memory import MeterKind, MeterMemory, worth_of
from gateway.simulators.meter_words import test_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.sts.content import Content
    from gateway.codecs.sts.key_section import KeySection
    from gateway.core.token import StsIdentity

__all__ = ["Accepted", "MeterKind", "Rejected", "RejectedWhy", "VirtualMeter"]

ENERGY_METER: Final = MeterKind()
"""What most meters are: electricity, in units, with a key that lasts as long as its base date."""


class VirtualMeter:
    """A meter of one identity with its decoder key, which is never shown.

    EA07 needs ``kind.tables`` (``TablesMissing``); a key of another length is refused (ValueError).
    A meter cannot tell a base date: tokens of another one are judged by their ids like any.
    """

    def __init__(self, identity: StsIdentity, decoder_key: bytes, kind: MeterKind = ENERGY_METER) -> None:
        self._cipher = cipher_of(identity.ea, decoder_key, kind.tables)
        self._made_with = self._keys = KeyMemory(identity, decoder_key, kind.ken)
        self._memory = MeterMemory()
        self.kind = kind

    def __repr__(self) -> str:
        """Show the meter and its credit."""
        return f"VirtualMeter({self.identity.pan}, credit {self.credit})"

    @property
    def identity(self) -> StsIdentity:
        """Who it is, with the supply group, revision, type and tariff index of the key that it holds now."""
        return self._keys.identity

    @property
    def ken(self) -> int:
        """The expiry number of the key that it holds now."""
        return self._keys.ken

    @property
    def memory(self) -> MeterMemory:
        """What it remembers: credit, ids, and what tokens have set."""
        return self._memory

    @property
    def credit(self) -> int:
        """What may still be used, in thousandths of a unit (Wh), or hundred-thousandths of a currency."""
        return self._memory.credit

    @property
    def credit_wh(self) -> int:
        """The energy that may still be used, in Wh; 0 in a meter that counts something else."""
        return self.credit if self.kind.counts_energy else 0

    @property
    def is_on(self) -> bool:
        """Is the relay closed? It opens when the credit is used up, and when somebody tampers."""
        return self.credit > 0 and not self._memory.is_tampered

    def use(self, amount: int) -> int:
        """Use up to so much (Wh), as the customer does; returns what was used, 0 while the relay is open."""
        if amount < 0:
            raise ValueError("a meter gives nothing back: use 0 or more")
        used = min(amount, self.credit) if self.is_on else 0
        self._memory = replace(self._memory, credit=self.credit - used)
        return used

    def tamper(self) -> None:
        """Open the meter's cover: it stays off until a token clears that."""
        self._memory = replace(self._memory, is_tampered=True)

    def enter(self, digits: str) -> Answer:
        """Take a token as typed, spaces allowed, and carry it out if it is genuine, new and ours."""
        try:
            content = opened(digits.replace(" ", ""), self._cipher)
        except TokenFault as fault:
            return Rejected(why_unreadable(fault.why))
        done = self._done(content)
        return Rejected(done) if isinstance(done, RejectedWhy) else done

    def state(self) -> dict[str, object]:
        """Return what must outlive a power cut, as plain values without any key."""
        return self._memory.plain()

    def key_state(self) -> dict[str, object] | None:
        """Return what tokens have made of its key, which must outlive a power cut too; None where nothing.

        The new key and its parts are in it in the clear: for a sealed place, or a file of mode 0600.
        """
        return None if self._keys == self._made_with else self._keys.plain()

    @classmethod
    def from_state(
        cls,
        identity: StsIdentity,
        decoder_key: bytes,
        state: Mapping[str, object],
        kind: MeterKind = ENERGY_METER,
        *,
        key_state: Mapping[str, object] | None = None,
    ) -> Self:
        """Return the meter that gave both states; what no such meter can give is refused (ValueError)."""
        meter = cls(identity, decoder_key, kind)
        meter._memory = MeterMemory.of_plain(state, kind)
        if key_state is not None:
            keys = KeyMemory.of_plain(key_state)
            if (keys.identity.pan, keys.identity.ea) != (identity.pan, identity.ea):
                raise ValueError("the key is another meter's")
            meter._hold(keys)
        return meter

    def _done(self, content: Content) -> Accepted | RejectedWhy:
        match content:
            case CreditInUnits() | CreditInCurrency() | Management():
                return self._carried_out(content)
            case MeterTest() | OtherTest():
                return self._displayed(content)
            case section:
                return self._with_section(section)

    def _carried_out(self, content: CreditInUnits | CreditInCurrency | Management) -> Accepted | RejectedWhy:
        """Carry out a token with an id, and keep the id."""
        if self._keys.is_expired_for(content.tid):
            return RejectedWhy.KEY_EXPIRED
        after = self._memory.refusal_of(content.tid) or self._memory.after(content, self.kind)
        if isinstance(after, RejectedWhy):
            return after
        self._memory, self._keys = after, self._keys.after_other_token()
        if isinstance(content, Management):
            return self._accepted(content)
        if self.kind.counts_energy:
            return Accepted(worth_of(content), self.credit_wh)
        return self._accepted(Added(worth_of(content), self.credit))

    def _displayed(self, content: MeterTest | OtherTest) -> Accepted | RejectedWhy:
        """Show what a test asks for, if it asks meters of every maker (0) or of ours."""
        if isinstance(content, MeterTest) and content.manufacturer not in (0, _maker_of(self.identity.pan)):
            return RejectedWhy.NOT_MINE
        return self._accepted(Displayed(test_lines(content, self)))

    def _with_section(self, section: KeySection) -> Accepted | RejectedWhy:
        """Keep a part of a new key; the last one changes the key, also away from one that has expired."""
        if section in self._keys.sections:
            return RejectedWhy.SECTION_AGAIN
        before, self._keys = self._keys, self._keys.with_section(section)
        if self._keys.missing:
            is_anew = len(self._keys.sections) <= len(before.sections)
            return self._accepted(SectionKept(self._keys.missing, is_anew))
        return self._change_key()

    def _change_key(self) -> Accepted | RejectedWhy:
        """Hold the key that the parts bring, unless it would be one that has expired already."""
        complete, self._keys = self._keys, self._keys.without_sections()
        try:
            change = complete.brought()
        except ValueError:
            return RejectedWhy.NO_KEY_CHANGE
        tids = () if change.is_rolled else self._memory.tids
        changed = complete.changed(change)
        if tids and changed.is_expired_for(tids[-1]):
            return RejectedWhy.NEW_KEY_EXPIRED
        self._hold(changed)
        self._memory = replace(self._memory, tids=tids)
        return self._accepted(KeyChanged(self.identity, self.ken, change.is_rolled))

    def _hold(self, keys: KeyMemory) -> None:
        self._keys, self._cipher = keys, cipher_of(keys.identity.ea, keys.decoder_key, self.kind.tables)

    def _accepted(self, done: Added | Displayed | SectionKept | KeyChanged | Management) -> Accepted:
        return Accepted(0, self.credit_wh, done)


def _maker_of(pan: str) -> int:
    """Return the maker's code: four digits behind the issuer 0000, else two behind six (6.1.2)."""
    return int(pan[4:8]) if pan.startswith("0000") else int(pan[6:8])
