"""What was asked of a second person under one order's key: once, or anew after it came to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.timeline import microseconds
from gateway.core.views_staff import Requests
from gateway.office.authorised import ASKED_MAX

if TYPE_CHECKING:
    from admin_web.asked import Asked
    from gateway.core.approval import Approval


async def requests_under(asked: Asked, key: str) -> list[Approval]:
    """Find the requests, the first one first; each later one has a number before the key.

    Numbers have no gap, and one who sees the first of a customer's sees all of them.
    """
    found: list[Approval] = []
    at_us, branch = microseconds(asked.office.now()), asked.me.rights.branch
    for number in range(1, ASKED_MAX + 1):
        reference = key if number == 1 else f"{number}/{key}"
        rows = await asked.office.views.rows(Requests(at_us, branch, reference=reference))
        if not rows:
            break
        found += rows
    return found
