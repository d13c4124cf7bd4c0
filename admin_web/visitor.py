"""Who asks for a page: a person who has signed in, as the session has her."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from gateway.core.authority import Rights


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person at work. ``language`` is her own setting, ``zone`` the one her station stands in.

    ``currency`` is the utility's, ``station`` where her shift is open. ``held_at`` is the path of what she
    has to do before anything else, such as set a password of her own; empty where there is nothing.
    The session's id and the secret its forms are sealed with are in no repr.
    """

    login: str
    name: str
    rights: Rights
    language: str
    zone: ZoneInfo
    currency: str
    session_id: str = field(repr=False)
    csrf_secret: bytes = field(repr=False)
    held_at: str = ""
    station: str = ""
