"""What a line is used for, the most pressing first."""

from __future__ import annotations

from enum import IntEnum


class WorkKind(IntEnum):
    """Why somebody is called; the lesser number goes first, whatever came before it."""

    URGENT = 0
    """A token or an order to a relay: somebody stands in the dark, or must not have power."""
    ON_DEMAND = 1
    """A person waits for it at a page."""
    GAP = 2
    """What was to be read in an earlier window; the meter forgets it some day."""
    SCHEDULE = 3
    """What is read as planned."""
