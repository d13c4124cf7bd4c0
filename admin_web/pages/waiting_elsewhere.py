"""What waits for a second person in a life of its own: drafts of tariffs, loaded keys, management tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from admin_web.file_words import MANAGEMENT_KINDS, meter_number
from admin_web.pages.management import order_path
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.key_ring import KeyState
from gateway.core.tariff_life import TariffState
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views import TariffVersions, VendingKeys
from gateway.core.views_orders import ManagementOrders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from admin_web.asked import Asked


@dataclass(frozen=True, slots=True)
class WaitingElsewhere:
    """Something that waits: what it is (an English sentence), its name, who began it and when, its page.

    ``from_moment`` is when it is meant to begin to hold, None for what holds at once.
    """

    what: str
    name: str
    by: str
    at: datetime
    from_moment: datetime | None
    path: str


async def waiting_elsewhere(asked: Asked) -> Sequence[WaitingElsewhere]:
    """Give what she may see of it, the oldest first."""
    rights, found = asked.me.rights, list[WaitingElsewhere]()
    if rights.may(Function.TARIFFS):
        found += await _tariffs(asked)
    if rights.may(Function.KEYS):
        found += await _keys(asked)
    if rights.may(Function.MANAGEMENT_TOKENS):
        found += await _management(asked)
    return sorted(found, key=lambda one: one.at)


async def _tariffs(asked: Asked) -> list[WaitingElsewhere]:
    """Drafts whose moment has not come; a later one has lapsed and is drafted anew."""
    now = asked.office.now()
    return [
        WaitingElsewhere(
            msg("Tariff version"),
            f"{one.power_type} {one.version}",
            one.drafted_by,
            one.drafted_at,
            one.from_moment,
            f"/tariffs/{quote(one.power_type)}/{quote(one.version)}",
        )
        for one in await asked.office.views.rows(TariffVersions())
        if one.state is TariffState.DRAFT and one.from_moment > now
    ]


async def _keys(asked: Asked) -> list[WaitingElsewhere]:
    """Keys that one person has loaded, and nobody has approved."""
    return [
        WaitingElsewhere(
            msg("Vending key"),
            f"{one.revision.sgc}/{one.revision.krn}",
            one.loaded_by,
            one.loaded_at,
            moment_of(one.revision.active_from_us),
            "/keys",
        )
        for one in await asked.office.views.rows(VendingKeys())
        if one.state is KeyState.PENDING
    ]


async def _management(asked: Asked) -> list[WaitingElsewhere]:
    """Management tokens that one person has ordered and another can still approve."""
    at_us, branch = microseconds(asked.office.now()), asked.me.rights.branch
    question = ManagementOrders(at_us=at_us, branch=branch, waiting_only=True)
    return [
        WaitingElsewhere(
            msg("Management token"),
            f"{meter_number(one.pan).text} {asked.words.say(MANAGEMENT_KINDS[one.order.kind])}",
            one.order.by,
            moment_of(one.at_us),
            None,
            order_path(one),
        )
        for one in await asked.office.views.rows(question)
    ]
