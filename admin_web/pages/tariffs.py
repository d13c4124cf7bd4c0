"""Tariffs: all versions of all power types, and how each stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.cells import Code
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Gathered
from admin_web.route import MenuItem, Right, Route
from admin_web.tariff_words import STANDINGS
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.tariff_life import TariffVersion, standing
from gateway.core.tariff_rules import NAME_MAX
from gateway.core.views import TariffVersions

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import State
    from admin_web.listing import Chosen
    from gateway.core.tariff_life import Standing

SEES: Final = Right(Function.TARIFFS)

_STATES: Final = tuple((one.value, said.sentence) for one, said in STANDINGS.items())


async def all_versions(asked: Asked, power_type: str | None = None) -> list[TariffVersion]:
    """Give the versions of a power type, or of all."""
    found: list[TariffVersion] = []
    while True:
        question = TariffVersions(power_type, after=found[-1] if found else None)
        page = await asked.office.views.rows(question)
        found += page
        if len(page) < question.limit:
            return found


async def version_of(asked: Asked) -> tuple[TariffVersion, list[TariffVersion]]:
    """Find the version of the path, with all of its power type; NotThere where it has none of that name."""
    power_type, name = asked.places["type"], asked.places["version"]
    if not (power_type.isprintable() and name.isprintable()):
        raise NotThere
    of_type = await all_versions(asked, power_type)
    for one in of_type:
        if one.version == name:
            return one, of_type
    raise NotThere


def version_path(version: TariffVersion) -> str:
    """Name the page of a version; neither of its names has a sign that an address would not take."""
    return f"/tariffs/{version.power_type}/{version.version}"


def state_of(asked: Asked, version: TariffVersion, of_type: list[TariffVersion]) -> State:
    """Say how a version stands now."""
    return STANDINGS[standing(version, of_type, asked.office.now())]


def _listing(asked: Asked, versions: list[TariffVersion]) -> Listing[TariffVersion]:
    by_type: dict[str, list[TariffVersion]] = {}
    for one in versions:
        by_type.setdefault(one.power_type, []).append(one)

    def stands(row: TariffVersion) -> Standing:
        return standing(row, by_type[row.power_type], asked.office.now())

    def is_wanted(row: TariffVersion, chosen: Chosen) -> bool:
        wanted, state = chosen.text("power_type"), chosen.text("state")
        return (wanted is None or wanted in row.power_type) and state in {None, stands(row).value}

    return Listing[TariffVersion](
        name="tariffs",
        caption=msg("Tariffs"),
        empty=msg("No version is like this. A tariff begins as a draft, which another person approves."),
        columns=(
            Column("version", msg("Version"), lambda row: Code(row.version), is_sortable=True),
            Column("power_type", msg("Power type"), lambda row: row.power_type, is_sortable=True),
            Column("state", msg("State"), lambda row: STANDINGS[stands(row)], is_sortable=True),
            Column("from", msg("From"), lambda row: row.from_moment, "moment", is_sortable=True),
            Column("drafted", msg("Drafted by"), lambda row: row.drafted_by),
            Column("approved", msg("Approved by"), lambda row: row.approved_by),
            Column("withdrawn", msg("Withdrawn by"), lambda row: row.withdrawn_by, is_usual=False),
            Column("reason", msg("Reason"), lambda row: row.reason, is_usual=False),
        ),
        filters=(
            TextFilter("power_type", msg("Power type"), NAME_MAX),
            ChoiceFilter("state", msg("State"), _STATES),
        ),
        source=Gathered(versions, is_wanted),
        order=Order("from", is_descending=True),
        href=version_path,
    )


async def tariffs(asked: Asked) -> Outcome:
    """Show all versions."""
    may_draft = asked.me.rights.may(Function.TARIFFS, Level.DO)
    return await list_page(
        asked, _listing(asked, await all_versions(asked)), "tariffs.html", may_draft=may_draft
    )


ROUTES: Final = (Route("GET", "/tariffs", SEES, tariffs),)
MENU: Final = (MenuItem(Function.TARIFFS, msg("Tariffs"), "/tariffs"),)
