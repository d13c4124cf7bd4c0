"""The loss of one place: what was fed, used and lost, month by month, and which meters are missing."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.cells import Code, Said
from admin_web.charts import Chart, Series
from admin_web.file_words import meter_number
from admin_web.line_seen_words import at_second
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import WHOLE_MAX, Gathered
from admin_web.loss_words import (
    LOSS_NOTES,
    LOSS_STATES,
    UNKNOWN_WHYS,
    SpanFilter,
    moment_label,
    percent,
    span_in,
    stands,
)
from admin_web.object_page import Fact
from admin_web.pages.line_losses import SPAN
from admin_web.pages.lines import SEES_ALL
from admin_web.point_words import NETWORK_KINDS
from admin_web.reading_words import energy
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.ledger import WATT_HOURS
from gateway.core.line_loss import MeterMissing
from gateway.core.views_losses import FrozenMoments, MeasuredPlaces
from gateway.metering.report_losses import LossSpan, report_losses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from gateway.core.line_loss import LineLoss
    from gateway.core.views_losses import MeasuredPlace

#: Moments of a chart: the spans of a year of months.
_CHART_MOMENTS: Final = 13


def _listing(span: SpanFilter, missing: Sequence[MeterMissing]) -> Listing[MeterMissing]:
    def whose(row: MeterMissing) -> Said:
        return Said(msg("the place's own") if row.is_feeder else msg("a customer's"))

    return Listing[MeterMissing](
        name="line-loss-meters",
        caption=msg("Meters missing"),
        empty=msg("No meter is missing: the figures are whole."),
        columns=(
            Column("pan", msg("Meter number"), lambda row: meter_number(row.pan)),
            Column("whose", msg("Whose it is"), whose),
            Column("why", msg("Why"), lambda row: Said(UNKNOWN_WHYS[row.why]), is_sortable=True),
        ),
        filters=(span,),
        source=Gathered(missing[:WHOLE_MAX]),
        href=lambda row: f"/meters/{row.pan}/line",
    )


async def _place(asked: Asked) -> MeasuredPlace:
    code = asked.places["code"]
    found = await asked.office.views.rows(MeasuredPlaces((code,)))
    if not found:
        raise NotThere
    return found[0]


async def _loss(asked: Asked, code: str, begin_s: int, end_s: int) -> LineLoss:
    ((_, loss),) = await report_losses(LossSpan(begin_s, end_s, (code,)), views=asked.office.views)
    return loss


async def line_loss(asked: Asked) -> Outcome:
    """Show it."""
    place = await _place(asked)
    views = asked.office.views
    span = SpanFilter(SPAN, await views.rows(FrozenMoments()))
    ends = span_in(span.read(asked))
    loss = None if ends is None else await _loss(asked, place.code, *ends)
    last = sorted(await views.rows(FrozenMoments(place.code, _CHART_MOMENTS)))
    months = [await _loss(asked, place.code, begin_s, end_s) for begin_s, end_s in pairwise(last)]
    missing = () if loss is None else loss.missing
    words = asked.words
    return await list_page(
        asked,
        _listing(span, missing),
        "line_loss.html",
        title=words.say(msg("Line loss of %(name)s"), name=place.name),
        crumbs=((words.say(msg("Line losses")), "/lines/losses"),),
        facts=_facts(place, loss),
        state=None if loss is None else LOSS_STATES[stands(loss)],
        note=None if loss is None else LOSS_NOTES.get(stands(loss)),
        chart=_chart(asked, months) if len(months) > 1 else None,
        partial=[_span_said(asked, one) for one in months if one.is_partial],
        most=WHOLE_MAX if len(missing) > WHOLE_MAX else None,
    )


def _facts(place: MeasuredPlace, loss: LineLoss | None) -> Sequence[Fact]:
    what = (
        Fact(msg("Place"), Code(place.code)),
        Fact(msg("Kind"), Said(NETWORK_KINDS[place.kind])),
        Fact(msg("Meters that measure it"), place.meters),
    )
    if loss is None:
        return what
    return (
        *what,
        Fact(msg("Fed"), energy(loss.fed_wh)),
        Fact(msg("Used by customers"), energy(loss.used_wh)),
        Fact(msg("Line loss"), energy(loss.loss_wh)),
        Fact(msg("Loss rate"), percent(loss)),
        Fact(msg("Customers' meters"), loss.meters),
        Fact(msg("Meters missing"), len(loss.missing)),
    )


def _span_said(asked: Asked, loss: LineLoss) -> str:
    zone = asked.office.zone
    begin, end = (moment_label(at_second(at_s), zone) for at_s in (loss.begin_s, loss.end_s))
    return asked.words.say(msg("%(first)s to %(last)s"), first=begin, last=end)


def _chart(asked: Asked, months: Sequence[LineLoss]) -> Chart:
    """Draw each span at the day on which it ends."""
    days = tuple(at_second(one.end_s).astimezone(asked.office.zone).date() for one in months)
    lines = (
        Series(msg("Fed"), tuple(energy(one.fed_wh) for one in months)),
        Series(msg("Used by customers"), tuple(energy(one.used_wh) for one in months)),
        Series(msg("Line loss"), tuple(energy(one.loss_wh) for one in months)),
    )
    return Chart(msg("Fed, used and lost, each up to its day"), days, lines, WATT_HOURS)


ROUTES: Final = (Route("GET", "/lines/losses/<code>", SEES_ALL, line_loss),)
