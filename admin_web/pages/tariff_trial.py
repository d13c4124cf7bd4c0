"""A version tried on real customers: who would pay less, who more, before anybody approves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NoRight, NotThere
from admin_web.cells import Amount, Link, Said
from admin_web.file_words import customer_path, meter_number
from admin_web.filters import ChoiceFilter
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Gathered
from admin_web.pages.tariff import before, crumbs_of
from admin_web.pages.tariffs import SEES, version_of, version_path
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.ledger import WATT_HOURS
from gateway.core.tariff import TariffFault
from gateway.core.views_tried import MetersOfType
from gateway.multi_tariff.read_version import read_version
from gateway.multi_tariff.try_version import Tried, TriedOn, in_order, try_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen
    from gateway.core.meter import MeterAccount
    from gateway.multi_tariff.tariff_in_force import TariffInForce

#: Meters that are priced in one go: other questions get their turn in between.
_SLICE: Final = 20

_SIDES: Final = (
    ("less", msg("pay less")),
    ("more", msg("pay more")),
    ("same", msg("pay the same")),
    ("unknown", msg("no price")),
)


async def trial(asked: Asked) -> Outcome:
    """Try it; NoRight for whoever may not see customers, NotThere where it takes over from none."""
    if not asked.me.rights.may(Function.CUSTOMERS):
        raise NoRight(Right(Function.CUSTOMERS))
    version, of_type = await version_of(asked)
    earlier = before(version, of_type)
    if earlier is None:
        raise NotThere
    path = version_path(version)
    crumbs = crumbs_of(asked, (f"{version.power_type} {version.version}", path))
    question = MetersOfType(branch=asked.me.rights.branch, power_type=version.power_type)
    try:
        pair = (
            await asked.office.elsewhere(read_version, earlier),
            await asked.office.elsewhere(read_version, version),
        )
    except TariffFault:
        raise NotThere from None
    tried = await _tried(asked, pair, await asked.office.views.rows(question))
    around = {
        "crumbs": crumbs,
        "tried": tried,
        "figures": _figures(asked, tried),
        "earlier": earlier,
        "tried_version": version.version,
        "all": await asked.office.views.totals(question),
    }
    return await list_page(asked, _listing(asked, tried), "tariff_trial.html", **around)


async def _tried(
    asked: Asked, pair: tuple[TariffInForce, TariffInForce], meters: Sequence[MeterAccount]
) -> TriedOn:
    """Price the meters slice by slice, on a thread that is not the gateway's own."""
    found: list[Tried] = []
    for begin in range(0, len(meters), _SLICE):
        found += await asked.office.elsewhere(try_on, *pair, meters[begin : begin + _SLICE])
    return in_order(found)


def _figures(asked: Asked, tried: TriedOn) -> list[tuple[str, Cell]]:
    """Say it in a few figures."""
    known, currency = tried.known, asked.me.currency
    figures: list[tuple[str, Cell]] = [
        (msg("Pay less"), tried.cheaper),
        (msg("Pay more"), tried.dearer),
        (msg("Pay the same"), len(known) - tried.cheaper - tried.dearer),
        (msg("No price or no use known"), len(tried.found) - len(known)),
    ]
    if known:
        median = tried.median or known[0]
        figures += [
            (msg("Largest decrease"), Amount(min(0, known[0].change_minor), currency)),
            (msg("Median change"), Amount(median.change_minor, currency)),
            (msg("Largest increase"), Amount(max(0, known[-1].change_minor), currency)),
            (msg("A month of all of them now"), Amount(sum(one.now_minor or 0 for one in known), currency)),
            (msg("A month of all of them then"), Amount(sum(one.then_minor or 0 for one in known), currency)),
        ]
    return figures


def _side(row: Tried) -> str:
    if row.then_minor is None:
        return "unknown"
    return "same" if not row.change_minor else "more" if row.change_minor > 0 else "less"


def _listing(asked: Asked, tried: TriedOn) -> Listing[Tried]:
    currency = asked.me.currency

    def money(minor: int | None) -> Cell:
        return None if minor is None else Amount(minor, currency)

    def share(row: Tried) -> str:
        if row.then_minor is None:
            return ""
        tenths = row.change_permille
        sign = "+" if tenths > 0 else "−" if tenths < 0 else ""  # noqa: RUF001 - a minus sign
        return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10} %"

    def is_wanted(row: Tried, chosen: Chosen) -> bool:
        return chosen.text("side") in {None, _side(row)}

    return Listing[Tried](
        name="tariff-trial",
        caption=msg("Who gains and who loses"),
        empty=msg("No meter in use has this power type, or none is on this side."),
        columns=(
            Column("pan", msg("Meter number"), lambda row: meter_number(row.pan)),
            Column(
                "customer", msg("Customer"), lambda row: Link(row.customer, customer_path(row.account_no))
            ),
            Column(
                "use",
                msg("A month's use"),
                lambda row: Amount(row.month_wh, WATT_HOURS),
                "amount",
                is_sortable=True,
            ),
            Column("now", msg("Costs now"), lambda row: money(row.now_minor), "amount", is_sortable=True),
            Column("then", msg("Costs then"), lambda row: money(row.then_minor), "amount", is_sortable=True),
            Column(
                "change",
                msg("Change"),
                lambda row: money(None if row.then_minor is None else row.change_minor),
                "amount",
                is_sortable=True,
            ),
            Column("share", msg("Change in per cent"), share),
            Column(
                "why",
                msg("Why there is no price"),
                lambda row: None if row.refused is None else Said(row.refused.value),
                is_usual=False,
            ),
        ),
        filters=(ChoiceFilter("side", msg("Who"), _SIDES),),
        source=Gathered(tried.found, is_wanted),
        order=Order("change", is_descending=True),
        href=lambda row: f"/meters/{row.pan}",
    )  # fmt: skip


ROUTES: Final = (Route("GET", "/tariffs/<type>/<version>/trial", SEES, trial),)
