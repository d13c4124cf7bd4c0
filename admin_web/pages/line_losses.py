"""Line losses: of each place that a meter measures, what was fed and used between two frozen moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.cells import Code, Said
from admin_web.filters import ChoiceFilter
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Gathered
from admin_web.loss_words import LOSS_STATES, SpanFilter, percent, span_in, stands
from admin_web.network_fields import network_of, place_name
from admin_web.pages.lines import SEES_ALL
from admin_web.point_words import NETWORK_KINDS
from admin_web.reading_words import energy
from admin_web.route import MenuItem, Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.network import NetworkKind
from gateway.core.views_losses import FrozenMoments, MeasuredPlaces
from gateway.metering.report_losses import LossSpan, PlaceLoss, report_losses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.filters import Filter
    from admin_web.listing import Chosen

#: What both pages read the span by.
SPAN: Final = "at"

_KINDS: Final = tuple((one.value, said) for one, said in NETWORK_KINDS.items())
_STATES: Final = tuple((one.value, said.sentence) for one, said in LOSS_STATES.items())


def loss_path(code: str, begin_s: int, end_s: int) -> str:
    """Name the page of one place's loss."""
    return f"/lines/losses/{quote(code, safe='')}?{SPAN}_from={begin_s}&{SPAN}_to={end_s}"


def _is_wanted(row: PlaceLoss, chosen: Chosen) -> bool:
    return chosen.text("state") in {None, stands(row.loss).value}


def _listing(filters: tuple[Filter, ...], losses: Sequence[PlaceLoss]) -> Listing[PlaceLoss]:
    def amount(name: str, label: str) -> Column[PlaceLoss]:
        return Column(
            name, label, lambda row: energy(getattr(row.loss, f"{name}_wh")), "amount", is_sortable=True
        )

    return Listing[PlaceLoss](
        name="line-losses",
        caption=msg("Line losses"),
        empty=msg(
            "Nothing is like this. A place has a loss once the way of a meter says that it measures it, and "
            "that meter has frozen two months."
        ),
        columns=(
            Column("code", msg("Code"), lambda row: Code(row.place.code), is_sortable=True),
            Column("kind", msg("Kind"), lambda row: Said(NETWORK_KINDS[row.place.kind])),
            Column("name", msg("Place"), lambda row: row.place.name),
            amount("fed", msg("Fed")),
            amount("used", msg("Used by customers")),
            amount("loss", msg("Line loss")),
            Column("part", msg("Loss rate"), lambda row: percent(row.loss), "amount", is_sortable=True),
            Column("state", msg("State"), lambda row: LOSS_STATES[stands(row.loss)]),
            Column("missing", msg("Meters missing"), lambda row: len(row.loss.missing), "count",
                   is_sortable=True),
            Column("meters", msg("Customers' meters"), lambda row: row.loss.meters, "count", is_usual=False),
        ),
        filters=filters,
        source=Gathered(losses, _is_wanted),
        href=lambda row: loss_path(row.place.code, row.loss.begin_s, row.loss.end_s),
    )  # fmt: skip


async def _filters(asked: Asked) -> tuple[ChoiceFilter, ChoiceFilter, SpanFilter]:
    network = await network_of(asked)
    above = [one for one in network.values() if one.kind is not NetworkKind.TRANSFORMER]
    within = tuple((one.code, place_name(one)) for one in sorted(above, key=lambda one: one.name))
    moments = await asked.office.views.rows(FrozenMoments())
    return (
        ChoiceFilter("within", msg("Place"), within),
        ChoiceFilter("kind", msg("Kind"), _KINDS),
        SpanFilter(SPAN, moments),
    )


async def _losses(
    asked: Asked, within: ChoiceFilter, kind: ChoiceFilter, span: SpanFilter
) -> Sequence[PlaceLoss]:
    """Work out those that are asked for; none where the filters are wrong, or there is no span."""
    views, where, which = asked.office.views, within.read(asked), kind.read(asked)
    ends = span_in(span.read(asked))
    if ends is None or not (where.is_sound and which.is_sound):
        return ()
    places = await views.rows(MeasuredPlaces(within=where.value if isinstance(where.value, str) else None))
    codes = tuple(one.code for one in places if which.value in {None, one.kind.value})
    return await report_losses(LossSpan(*ends, codes), views=views)


async def line_losses(asked: Asked) -> Outcome:
    """Show them, the largest first."""
    within, kind, span = await _filters(asked)
    losses = await _losses(asked, within, kind, span)
    filters = (span, within, kind, ChoiceFilter("state", msg("State"), _STATES))
    lead = asked.words.say(
        msg(
            "What a place's own meter has counted, less what the customers' meters below it have: half a per "
            "cent to eight is usual. A partial loss lacks meters and is too large."
        )
    )
    return await list_page(asked, _listing(filters, losses), lead=lead)


ROUTES: Final = (Route("GET", "/lines/losses", SEES_ALL, line_losses),)
MENU: Final = (MenuItem(Function.LINES, msg("Line losses"), "/lines/losses", of_all=True),)
