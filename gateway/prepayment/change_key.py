"""Change a meter's key by the office's will: begin a change, confirm that the meter has it, or give it up.

    begin     to another group, tariff index or revision     →  tokens go out with every sale from now on
    confirm   the meter was seen to hold the new key         →  no more of them; the new key is the meter's
    give up   the customer never entered them, or must not   →  sales go on under the old key

A change to a newer revision of the same group begins by itself with the next sale (``core.key_change``).
Nothing is booked; who did it and why is kept for ever.

Refusals (``NotDone``): unknown_meter, several_meters, removed, no_tokens, reference_used, no_change,
change_on_its_way, same_key, unknown_key, no_token.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from gateway.bits import is_digits
from gateway.core.books import Decision, Needs
from gateway.core.key_change import REKEY, KeyChange, KeyChanged, key_name
from gateway.core.key_ring import KeyState
from gateway.core.management import ManagementFault, stood_for
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.person import office_channel
from gateway.core.timeline import microseconds
from gateway.prepayment.manage_meter import one_token_meter

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.key_ring import KeyRing
    from gateway.core.meter import MeterAccount, MeterRef


class KeyStep(Enum):
    """What the office does about a key change; the value is what is kept."""

    BEGIN = "begun"
    CONFIRM = "confirmed"
    GIVE_UP = "given_up"


@dataclass(frozen=True, slots=True)
class WantedKey:
    """The key that a meter should get: its supply group, and perhaps another tariff index."""

    sgc: str
    ti: str

    def __post_init__(self) -> None:
        """Refuse what no key has (IEC 62055-41, 6.1); ManagementFault."""
        for name, text, count in (("sgc", self.sgc, 6), ("ti", self.ti, 2)):
            if not is_digits(text, count):
                raise ManagementFault(f"{name}: write {count} digits")


@dataclass(frozen=True, slots=True)
class ChangeKey:
    """One step of a key change of one meter; ``wanted`` is for the step that begins one."""

    reference: str
    meter: MeterRef
    step: KeyStep
    by: str
    reason: str
    ring: KeyRing
    wanted: WantedKey | None = None

    def __post_init__(self) -> None:
        """Refuse a step that nobody stands for; ManagementFault."""
        stood_for(self.by, self.reason)

    @property
    def key(self) -> str:
        """The one step of this reference."""
        return f"{REKEY}{self.reference}"

    @property
    def digest(self) -> str:
        """The meter, the step and the key: another step under this reference is refused."""
        wanted = "" if self.wanted is None else f"{self.wanted.sgc}.{self.wanted.ti}"
        return f"{self.meter.pan or self.meter.account_no}/{self.step.value}/{wanted}"

    @property
    def channel(self) -> str:
        """Who does it."""
        return office_channel(self.by)

    def needs(self) -> Needs:
        """The step's key, and the meter."""
        return Needs(keys=(self.key,), meters=(self.meter,))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or take the step."""
        known = books.known.get(self.key)
        if known is not None:
            is_same = known.digest == self.digest
            return Decision(known.recall() if is_same else NotDone(OfficeRefusal.REFERENCE_USED))
        meter = one_token_meter(books, self.meter)
        if isinstance(meter, NotDone):
            return Decision(meter)
        moved = self._moved(meter, now)
        if isinstance(moved, NotDone):
            return Decision(moved)
        held = meter.token_identity if self.step is KeyStep.GIVE_UP else moved.token_identity
        content = KeyChanged(
            meter.pan, self.step.value, key_name(held), self.by, self.reason, microseconds(now)
        )
        return Decision(content, remembered=True, meter=moved, rekeys=True)

    def _moved(self, meter: MeterAccount, now: datetime) -> MeterAccount | NotDone:
        match self.step:
            case KeyStep.BEGIN:
                return self._begun(meter, microseconds(now))
            case KeyStep.CONFIRM if meter.key_change is not None:
                return meter.with_new_key()
            case KeyStep.GIVE_UP if meter.key_change is not None:
                return meter.with_old_key()
        return NotDone(OfficeRefusal.NO_CHANGE)

    def _begun(self, meter: MeterAccount, now_us: int) -> MeterAccount | NotDone:
        if meter.key_change is not None:
            return NotDone(OfficeRefusal.CHANGE_ON_ITS_WAY, key_name(meter.key_change.new))
        assert self.wanted is not None  # noqa: S101 - whoever begins a change says to which key
        held, wanted = meter.identity, self.wanted
        serving = self.ring.serving(wanted.sgc, now_us)
        revision = serving or self.ring.revisions.get((wanted.sgc, held.krn))
        if revision is None or revision.state is not KeyState.APPROVED:
            return NotDone(OfficeRefusal.UNKNOWN_KEY, f"SGC {wanted.sgc}")
        new = replace(
            held,
            sgc=wanted.sgc,
            ti=wanted.ti,
            krn=revision.krn,
            kt=held.kt if revision.kt is None else revision.kt,
            base_date=held.base_date if revision.base_date is None else revision.base_date,
        )
        if new == held:
            return NotDone(OfficeRefusal.SAME_KEY, key_name(held))
        why = self.ring.change_refusal(held, new)
        if why is not None:
            return NotDone(OfficeRefusal.NO_TOKEN, why.value)
        return meter.changing_key(KeyChange(new, revision.ken, now_us))
