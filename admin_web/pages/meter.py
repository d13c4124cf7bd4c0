"""One meter: whose it is, how it takes credit, its counters and key in words, its tokens, what was done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.card_words import CARD_STATES, card_cell, purchase_lines
from admin_web.cells import Amount, Code, Link, Said, State, Tone
from admin_web.file_timeline import amended, noted_about, sold_to
from admin_web.file_words import (
    CARRIERS,
    EA_NAMES,
    KEY_SAID,
    MANAGEMENT_KINDS,
    METER_STATES,
    customer_path,
    meter_number,
)
from admin_web.line_words import way_path
from admin_web.object_page import Deed, Fact, Related, Thing, object_page
from admin_web.pages.cancel_meter import leaving_deeds
from admin_web.point_words import fitting_raw, how_fitted, point_cell, watts_said
from admin_web.reset_words import resets_told
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.amendment import Subject
from gateway.core.authority import Function, Level
from gateway.core.counters import day_of
from gateway.core.ledger import WATT_HOURS
from gateway.core.meter import Carrier, MeterState
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_cards import CardOrders, Cards
from gateway.core.views_files import MeterFile
from gateway.core.views_orders import ManagementOrders
from gateway.core.views_resets import ResetFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from gateway.core.counters import Counters
    from gateway.core.meter import MeterAccount
    from gateway.core.token import StsIdentity
    from gateway.core.views_cards import CardOrderRow, CardRow
    from gateway.core.views_files import MeterFacts, MeterRow
    from gateway.core.views_orders import ManagementCase

SEES: Final = Right(Function.METERS)

#: Cards that a meter's page shows: few have had more.
_CARDS_SHOWN: Final = 10

#: Orders of management tokens, and purchases on cards, that a meter's page shows; older ones stand in lists.
_ORDERS_SHOWN: Final = 10


async def meter_file(asked: Asked) -> MeterFacts:
    """Give the meter of the path; NotThere for another branch's, too."""
    pan = asked.places["pan"]
    if not (pan.isascii() and pan.isdigit()):
        raise NotThere
    facts = await asked.office.views.totals(MeterFile(branch=asked.me.rights.branch, pan=pan))
    if facts is None:
        raise NotThere
    return facts


def crumbs_of(asked: Asked, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Say the way to a meter's pages."""
    return ((asked.words.say(msg("Meters")), "/meters"), *more)


async def meter(asked: Asked) -> Outcome:
    """Show it."""
    facts = await meter_file(asked)
    row, account = facts.meter, facts.account
    sold, noted = await sold_to(asked, pan=row.pan), await noted_about(asked, row.pan)
    changed, ordered = await amended(asked, Subject.METER, row.pan), await _orders(asked, row.pan)
    resets = await asked.office.views.rows(ResetFile(branch=asked.me.rights.branch, pan=row.pan))
    thing = Thing(
        kind=msg("Meter"),
        title=meter_number(row.pan).text,
        state=METER_STATES[row.state],
        facts=_facts_of(asked, facts),
        deeds=_deeds(asked, row, facts.point),
        timeline=(
            *sold.lines,
            *changed.lines,
            *noted.lines,
            *resets_told(resets, asked.words, asked.shown),
        ),
        older=sold.older + changed.older + noted.older,
        related=(
            Related(msg("Customer"), row.customer, customer_path(row.account_no)),
            *_point_related(facts),
            Related(msg("Sales"), meter_number(row.pan), f"/sales?pan={row.pan}"),
            *_cards_related(row),
            Related(msg("Readings"), meter_number(row.pan), f"/meters/{row.pan}/readings"),
            Related(msg("Way to the meter"), meter_number(row.pan), way_path(row.pan)),
            Related(msg("Its line"), meter_number(row.pan), f"/meters/{row.pan}/line"),
            Related(msg("Vending keys of its group"), Code(row.sgc), f"/keys/{row.sgc}"),
        ),
        raw=_raw(facts),
    )
    values = {
        "fitting_facts": () if facts.fitting is None else how_fitted(asked, facts.fitting),
        "key_facts": _key_facts(asked, account),
        "counter_facts": _counter_facts(asked, account),
        "past": _past(account.counters),
        **await _on_cards(asked, row),
        "orders": [(one, MANAGEMENT_KINDS[one.order.kind], moment_of(one.at_us)) for one in ordered],
        "takes_tokens": row.carrier is Carrier.TOKEN or facts.tokens,
        "tokens": [(token, moment_of(token.at_us), f"/sales/{token.sale_id}") for token in facts.tokens],
    }
    return object_page(asked, thing, crumbs_of(asked), "meter.html", **values)


def _point_related(facts: MeterFacts) -> tuple[Related, ...]:
    if not facts.point:
        return ()
    where = point_cell(facts.point)
    return (Related(msg("Supply point"), where.cell, where.path),)


def _deeds(asked: Asked, row: MeterRow, point: str) -> tuple[Deed, ...]:
    pan = row.pan
    may_order = asked.me.rights.may(Function.MANAGEMENT_TOKENS, Level.DO)
    may_read = asked.me.rights.may(Function.READINGS, Level.DO)
    read = (Deed(msg("Enter a reading"), f"/meters/{pan}/read"),) if may_read else ()
    order = (Deed(msg("Order a management token"), f"/meters/{pan}/orders/new"),) if may_order else ()
    may_reset = asked.me.rights.may(Function.RESETS, Level.DO) and row.state is not MeterState.REMOVED
    reset = (Deed(msg("Reset for selling"), f"/meters/{pan}/reset"),) if may_reset else ()
    return (*read, *reset, *order, *(leaving_deeds(asked, point) if point else ()))


def _cards_related(row: MeterRow) -> tuple[Related, ...]:
    if row.carrier is not Carrier.CARD:
        return ()
    number, pan = meter_number(row.pan), row.pan
    return (
        Related(msg("Its cards"), number, f"/cards?pan={pan}"),
        Related(msg("Its card purchases"), number, f"/card-orders?pan={pan}&state="),
    )


async def _on_cards(asked: Asked, row: MeterRow) -> dict[str, object]:
    """Give the cards that were its, and its newest purchases on cards; each to whoever may see that."""
    branch, views, may = asked.me.rights.branch, asked.office.views, asked.me.rights.may
    cards: Sequence[CardRow] = ()
    purchases: Sequence[CardOrderRow] = ()
    if may(Function.STOCK):
        cards = await views.rows(Cards(branch=branch, pan=row.pan, limit=_CARDS_SHOWN))
    if may(Function.SALES):
        purchases = await views.rows(CardOrders(branch=branch, pan=row.pan, limit=_ORDERS_SHOWN))
    lines = [
        (card_cell(one.card.serial), CARD_STATES[one.card.state], one.card.note or None) for one in cards
    ]
    return {"cards": lines, "purchases": purchase_lines(asked, purchases)}


async def _orders(asked: Asked, pan: str) -> Sequence[ManagementCase]:
    """Give what was ordered of it; nothing to whoever may not see that."""
    if not asked.me.rights.may(Function.MANAGEMENT_TOKENS):
        return ()
    now_us, branch = microseconds(asked.office.now()), asked.me.rights.branch
    return await asked.office.views.rows(
        ManagementOrders(at_us=now_us, branch=branch, pan=pan, limit=_ORDERS_SHOWN)
    )


def _facts_of(asked: Asked, facts: MeterFacts) -> tuple[Fact, ...]:
    row, account = facts.meter, facts.account
    parts = ", ".join(f"{power_type} {percent}%" for power_type, percent in account.proportions)
    return (
        Fact(msg("Customer"), Link(row.customer, customer_path(row.account_no))),
        Fact(msg("Supply point"), point_cell(facts.point) if facts.point else None),
        Fact(msg("Meter number"), meter_number(row.pan)),
        Fact(msg("Meter number, long form"), Code(row.pan)),
        Fact(msg("Takes its credit by"), Said(CARRIERS[row.carrier])),
        Fact(msg("Power type"), row.power_type),
        Fact(msg("Divided among power types"), parts or Said(msg("no, one power type takes all of it"))),
        Fact(msg("Contracted power"), watts_said(account.contract_w, asked.shown)),
        Fact(msg("Preferential schemes"), ", ".join(account.schemes) or None),
        Fact(msg("Test meter"), Said(msg("yes")) if account.is_test else Said(msg("no"))),
        Fact(msg("Branch"), row.branch or None),
    )


def key_said(asked: Asked, identity: StsIdentity) -> str:
    """Name a meter's key in a sentence."""
    return asked.words.say(
        KEY_SAID,
        sgc=identity.sgc,
        krn=identity.krn,
        ti=identity.ti,
        base_date=identity.base_date,
    )


def _key_facts(asked: Asked, account: MeterAccount) -> tuple[Fact, ...]:
    held, change = account.identity, account.key_change
    facts = (
        Fact(msg("Supply group"), Link(Code(held.sgc), f"/keys/{held.sgc}")),
        Fact(msg("Key revision"), held.krn),
        Fact(msg("Tariff index"), held.ti),
        Fact(msg("Key type"), held.kt),
        Fact(msg("Encryption"), EA_NAMES[held.ea]),
        Fact(msg("Base date of its minutes"), str(held.base_date)),
    )
    if change is None:
        return (*facts, Fact(msg("Key change"), Said(msg("none is on its way"))))
    return (
        *facts,
        Fact(msg("Key change"), State(msg("on its way with each sale until confirmed"), Tone.WAITING)),
        Fact(msg("To this key"), key_said(asked, change.new)),
        Fact(msg("On its way since"), moment_of(change.since_us)),
    )


def _counter_facts(asked: Asked, account: MeterAccount) -> tuple[Fact, ...]:
    counters = account.counters
    return (
        Fact(msg("Month that is counted"), _month(counters.month)),
        Fact(msg("Energy bought in that month"), Amount(counters.mtd_wh, WATT_HOURS)),
        Fact(msg("Tiers of the year counted since"), _day(counters.year)),
        Fact(msg("Energy bought in that year"), Amount(counters.ytd_wh, WATT_HOURS)),
        Fact(msg("Last purchase"), _day(counters.bought_on)),
        Fact(msg("Purchases on that day"), counters.times),
        Fact(msg("Monthly charges are paid up to"), _month(counters.fees_month)),
        Fact(msg("Daily charges are paid up to"), _day(counters.days_paid)),
        Fact(msg("Free energy was last given for"), _month(counters.free_month)),
        Fact(msg("Minute of its newest token"), _minute(asked, account)),
    )


def _month(key: int) -> Cell:
    return f"{key // 100}-{key % 100:02d}" if key else None


def _day(key: int) -> Cell:
    return day_of(key) if key else None


def _minute(asked: Asked, account: MeterAccount) -> Cell:
    """Say the newest token's id as the civil minute that it is."""
    if account.last_tid is None:
        return Said(msg("no token yet"))
    year = account.token_identity.base_date
    minute = datetime(year, 1, 1) + timedelta(minutes=account.last_tid)  # noqa: DTZ001 - civil by definition
    said = msg("%(minute)s (id %(tid)s)")
    return asked.words.say(said, minute=f"{minute:%Y-%m-%d %H:%M}", tid=account.last_tid)


def _past(counters: Counters) -> list[tuple[Cell, Amount]]:
    """Give the months before the one that is counted, the newest first, each with its energy."""
    year, month = divmod(counters.month, 100)
    found = []
    for ago, energy_wh in enumerate(counters.past_wh, start=1):
        years, months = divmod(year * 12 + month - 1 - ago, 12)
        found.append((_month(years * 100 + months + 1), Amount(energy_wh, WATT_HOURS)))
    return found


def _raw(facts: MeterFacts) -> dict[str, object]:
    account, held = facts.account, facts.account.identity
    counters, change = account.counters, account.key_change
    return {
        "id": account.id,
        "pan": account.pan,
        "account_no": account.account_no,
        "state": account.state.value,
        "carrier": account.carrier.value,
        "power_type": account.power_type,
        "proportions": dict(account.proportions),
        "contract_w": account.contract_w,
        "schemes": account.schemes,
        "is_test": account.is_test,
        "supply_point": facts.point,
        "fitting": fitting_raw(facts.fitting),
        "identity": {name: getattr(held, name) for name in ("sgc", "krn", "ti", "ea", "kt", "base_date")},
        "key_change": None if change is None else {
            **{name: getattr(change.new, name) for name in ("sgc", "krn", "ti", "kt", "base_date")},
            "ken": change.ken, "since_us": change.since_us,
        },
        "last_tid": account.last_tid,
        "counters": {name: getattr(counters, name) for name in counters.__dataclass_fields__},
    }  # fmt: skip


ROUTES: Final = (Route("GET", "/meters/<pan>", SEES, meter),)
