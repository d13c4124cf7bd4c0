"""Why the office's own orders are not carried out: nothing was done, and the order may be given again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class OfficeRefusal(Enum):
    """A reason, with the cure where there is one."""

    UNKNOWN_METER = "no such meter or customer; see the number on the meter"
    SEVERAL_METERS = "this customer has several meters; name the meter"
    NO_TOKENS = "the meter takes no tokens: its credit goes by card or over a line"
    REMOVED = "the meter was taken out of service"
    NO_ORDER = "nothing was ordered under this reference; see the list of orders"
    OTHER_METER = "the order is for another meter; compare both"
    REFERENCE_USED = "this reference was used before with other content; take another one"
    SAME_PERSON = "who ordered it cannot approve it; ask somebody else"
    TOO_OLD = "the order has waited for more than a day; give it anew"
    NO_TOKEN = "no token can be made for this meter now"  # noqa: S105 - a reason, not a secret
    TOKENS_TOO_FAST = "too many tokens for this meter in a short time; try again in an hour"
    NO_CHANGE = "no key change is on its way to this meter"
    CHANGE_ON_ITS_WAY = "another key change is on its way; confirm it, or give it up"
    SAME_KEY = "the meter holds this key already"
    UNKNOWN_KEY = "no vending key is approved for the key it should get; load it first"


@dataclass(frozen=True, slots=True)
class NotDone:
    """Refused; nothing was changed, nothing is remembered."""

    reason: OfficeRefusal
    detail: str = ""

    @property
    def sentence(self) -> str:
        """The reason in words, with the detail where there is one."""
        return f"{self.reason.value} ({self.detail})" if self.detail else self.reason.value
