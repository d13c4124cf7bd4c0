"""A key change that is on its way: the meter gets its tokens with every sale until it is known to have them.

    meter holds the key of ``identity`` ──begin──► tokens for ``key_change.new`` go out in front of the credit
                                                       │ confirmed: the meter holds the new key
                                                       └ given up: the old key goes on

Nobody sees whether a customer has typed them. So each sale brings them again, and the credit behind them is
under the new key; a customer who typed them before is told "wrong key" by the meter, and types on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.quickly_built import quickly_built
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.key_ring import KeyRing
    from gateway.core.meter import MeterAccount
    from gateway.core.token import StsIdentity

#: What the key of each step of a key change begins with.
REKEY: Final = "rekey/"


@quickly_built
@dataclass(frozen=True, slots=True)
class KeyChange:
    """To which key a meter is being moved; ``ken`` is that key's expiry number."""

    new: StsIdentity
    ken: int
    since_us: int


@dataclass(frozen=True, slots=True)
class KeyChanged:
    """A step of a key change that the office took: ``begun``, ``confirmed`` or ``given_up``.

    ``key`` names the new key as SGC, KRN, TI and base date.
    """

    pan: str
    step: str
    key: str
    by: str
    reason: str
    at_us: int

    def stored(self) -> str:
        """Write the content as compact JSON."""
        values = ("rekeyed", self.pan, self.step, self.key, self.by, self.reason, self.at_us)
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def key_name(identity: StsIdentity) -> str:
    """Name a meter's key in words: whose group, which revision, tariff index and base date."""
    return f"SGC {identity.sgc} KRN {identity.krn} TI {identity.ti} base date {identity.base_date}"


def with_due_change(meter: MeterAccount, ring: KeyRing, now: datetime) -> MeterAccount:
    """Return the meter with the key change that it needs now; itself where none is due or one is on its way.

    One is due where the serving key of its supply group is another revision, key type or base date than it
    holds. A change that is on its way is not overtaken by the next: the meter would hold neither old key.
    """
    if meter.key_change is not None:
        return meter
    held = meter.identity
    if held.sgc not in ring.movers:
        return meter
    serving = ring.serving(held.sgc, now_us := microseconds(now))
    if serving is None or serving.base_date is None or serving.kt is None:
        return meter
    if (serving.krn, serving.kt, serving.base_date) == (held.krn, held.kt, held.base_date):
        return meter
    if ring.is_newer(held.krn, serving):
        return meter  # no meter goes back to an older key
    new = replace(held, krn=serving.krn, kt=serving.kt, base_date=serving.base_date)
    return meter.changing_key(KeyChange(new, serving.ken, now_us))
