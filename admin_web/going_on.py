"""Where she wanted to go when she was led to a form first: to sign in, or to choose a password of her own.

The place goes along in the address and in a hidden field. It is believed only as far as it is a place of this
site, and it is asked for there as by anybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from admin_web.answers import is_own_place
from admin_web.fields import Field
from admin_web.token_like import may_hold_token
from admin_web.words import msg

if TYPE_CHECKING:
    from admin_web.asked import Asked
    from admin_web.forms import Filled

#: Characters of such a place: a list with all its filters fits.
_PLACE_MAX: Final = 500

_NAME: Final = "next"

#: The hidden field of those forms.
NEXT: Final = Field(_NAME, msg("Where to go on"), "kept", is_required=False, length_max=_PLACE_MAX)


def by_way_of(form_path: str, asked: Asked) -> str:
    """Give the form's address, with the page that was asked for; one that asks by itself is forgotten, and so
    is one whose address may hold a token.
    """
    is_page = asked.route.method == "GET" and not asked.route.is_by_itself
    wanted = asked.link() if is_page and not may_hold_token(asked.link()) else "/"
    return form_path if wanted == "/" else f"{form_path}?{urlencode({_NAME: wanted})}"


def wanted_in(asked: Asked) -> str:
    """Read it from the form's address; nothing where it is no place of ours."""
    return _own(asked.first(_NAME))


def wanted_by(filled: Filled) -> str:
    """Read it from the form that was sent."""
    return _own(filled.optional(_NAME, str) or "")


def _own(place: str) -> str:
    return place if len(place) <= _PLACE_MAX and is_own_place(place) else ""
