"""How a contact left an order over a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.core.contact import ContactWhy
    from gateway.core.remote_order import RemoteEvent


@dataclass(frozen=True, slots=True)
class RemoteEnded:
    """What the order's next step is, and why, in a sentence without secrets.

    ``why`` is how the contact failed, where it did: whether the same is tried again follows from it.
    """

    event: RemoteEvent
    told: str
    why: ContactWhy | None = None
