"""What a tender buys: the priced lines of a sale, as the ledger will book them, and what is stored with it.

The stored explanation is JSON: the lines, the exact energy, what the sale moved, what was known of the buyer.
With the tariff version, which is kept for ever, it is enough to work the price out again and to give all of
it back when the sale is undone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.core.counters import Moved
from gateway.core.preset import Preset
from gateway.core.quickly_built import quickly_built

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.core.buyer import Buyer

#: The prefixes of a customer's own accounts: what he owes, and his capital account.
_OWN = ("AR:", "CUST:")


@quickly_built
@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line of the receipt: its code, its amount in minor units, the account it is booked on."""

    code: str
    minor: int
    account: str


@quickly_built
@dataclass(frozen=True, slots=True)
class Priced:
    """A tender turned into energy. The lines sum to the tender, to the minor unit.

    ``beside`` are further postings of the sale, credit positive, that sum to zero: what a preference made
    cheaper than the list price, and the account that bears it. ``preset_wh`` of the energy the meter had
    already.
    """

    energy_wh: int
    free_wh: int
    lines: tuple[PricedLine, ...]
    beside: tuple[PricedLine, ...]
    version: str
    moved: Moved
    explanation: str
    preset_wh: int = 0


def own_lines(lines: Sequence[PricedLine]) -> tuple[PricedLine, ...]:
    """Those lines that move the customer's own accounts: debts paid, change kept or used.

    They are booked with the payment even where its credit waits, since the next price depends on them.
    """
    return tuple([line for line in lines if line.account.startswith(_OWN)])


def explained(  # noqa: PLR0913 - everything that is stored with a sale, all of it named
    lines: Sequence[PricedLine],
    beside: Sequence[PricedLine],
    *,
    exact_wh: tuple[int, int],
    moved: Moved,
    buyer: Buyer,
    free_wh: int,
) -> str:
    """Write what is stored with a sale, as JSON.

    Spelled out by hand, since it is made for every sale: whole numbers, and codes that need no escape
    (whoever puts a version in force has seen to that). What most sales do not have is left out.
    """
    more = ""
    if free_wh:
        more += f',"free":{free_wh}'
    own = sum([line.minor for line in lines if line.account.startswith(_OWN)])
    if own:
        more += f',"own":{own}'
    if beside:
        more += f',"beside":[{_rows(beside)}]'
    schemes = ",".join([f'"{scheme}"' for scheme in buyer.schemes])
    average = "null" if buyer.average_wh is None else buyer.average_wh
    return (
        f'{{"lines":[{_rows(lines)}],"exact_wh":[{exact_wh[0]},{exact_wh[1]}],'
        f'"moved":[{moved.counted_wh},{moved.month},{moved.year},{moved.day},'
        f"{moved.fees_before},{moved.fees_after},{moved.free_before},{moved.free_after},"
        f"{moved.days_before},{moved.days_after}],"
        f'"buyer":[{buyer.mtd_wh},{buyer.ytd_wh},{average},{buyer.months_due},{buyer.days_due},'
        f"{buyer.times_today},{buyer.contract_w},[{schemes}],{int(buyer.free_claimed)},"
        f"{buyer.arrears_minor},{buyer.emergency_minor},{buyer.account_minor}]{more}}}"
    )


def _rows(lines: Sequence[PricedLine]) -> str:
    return ",".join([f'["{line.code}",{line.minor},"{line.account}"]' for line in lines])


@dataclass(frozen=True, slots=True)
class Explained:
    """A stored explanation, read back. ``moved`` and ``buyer`` are None for sales of before they were stored.

    ``buyer`` holds the stored values in the order in which ``explained`` writes them, without the moment and
    the channel, which the sale itself knows.
    """

    lines: tuple[PricedLine, ...]
    beside: tuple[PricedLine, ...]
    exact_wh: tuple[int, int] | None
    moved: Moved | None
    buyer: tuple[object, ...] | None
    free_wh: int
    preset: Preset | None = None


def read_explained(explanation: str) -> Explained:
    """Read a stored explanation back."""
    stored = json.loads(explanation)
    moved = stored.get("moved")
    buyer = stored.get("buyer")
    exact = stored.get("exact_wh")
    return Explained(
        lines=_read(stored["lines"]),
        beside=_read(stored.get("beside", ())),
        exact_wh=None if exact is None else (exact[0], exact[1]),
        moved=None if moved is None else Moved(*moved),
        buyer=None if buyer is None else tuple(buyer),
        free_wh=stored.get("free", 0),
        preset=_preset_of(stored),
    )


def with_preset(explanation: str, beside: Sequence[PricedLine], preset: Preset) -> str:
    """Add to an explanation that the sale pays for preset energy, with all that is booked beside it."""
    stored = json.loads(explanation)
    stored["beside"] = [[line.code, line.minor, line.account] for line in beside]
    stored["preset"] = [preset.wh, preset.minor]
    return json.dumps(stored, separators=(",", ":"))


def preset_of(explanation: str) -> Preset | None:
    """Read back which preset energy a sale paid for. Quick for the many that did not."""
    return _preset_of(json.loads(explanation)) if '"preset":' in explanation else None


def _preset_of(stored: Mapping[str, Any]) -> Preset | None:
    found = stored.get("preset")
    return None if found is None else Preset(*found)


def moved_of(explanation: str) -> Moved | None:
    """Read back what a sale moved; None for one from before this was stored."""
    stored = json.loads(explanation).get("moved")
    return None if stored is None else Moved(*stored)


def _read(rows: Sequence[Sequence[object]]) -> tuple[PricedLine, ...]:
    return tuple(PricedLine(*row) for row in rows)  # type: ignore[arg-type]  # as explained() wrote them


def correcting(explanation: str, payment: str, by: str) -> str:
    """Add to a stored explanation which payment's sale this one puts right, and who did it."""
    return f'{explanation[:-1]},"corrects":{json.dumps(payment)},"corrected_by":{json.dumps(by)}}}'


def corrects_of(explanation: str) -> str:
    """Read back which payment's sale this one puts right; empty for most."""
    return str(json.loads(explanation)["corrects"]) if '"corrects":' in explanation else ""


def corrector_of(explanation: str) -> str:
    """Read back who put a sale right by this one; empty for most, and where that was not stored yet."""
    return str(json.loads(explanation)["corrected_by"]) if '"corrected_by":' in explanation else ""


def token_count(explanation: str) -> int:
    """How many tokens the sale hands out: the paid one, and one for free energy. Quick, for whole books."""
    return 2 if '"free":' in explanation else 1


def own_minor(explanation: str) -> int:
    """What was booked on the customer's own accounts with the payment. Quick where there is nothing."""
    return int(json.loads(explanation)["own"]) if '"own":' in explanation else 0
