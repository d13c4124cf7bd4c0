"""The ``[relays]`` table of the configuration: when customers may be switched off over a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.core.relay_hours import RelayHours

if TYPE_CHECKING:
    from gateway.config.reader import Section

RELAYS_KEYS: Final = ("hours",)


def read_relays(section: Section) -> RelayHours:
    """Read the ``[relays]`` table; without it Monday to Thursday, from eight to three."""
    usual = RelayHours().text
    try:
        return RelayHours.parse(section.text("hours", usual))
    except ValueError as why:
        raise section.fault("hours", str(why), f'write hours = "{usual}", or other days and hours') from None
