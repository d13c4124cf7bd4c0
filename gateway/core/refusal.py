"""Why something was refused: expected refusals are values, with a sentence a person understands."""

from __future__ import annotations

from enum import Enum


class Refusal(Enum):
    """A reason to refuse. The value is what is stored; ``sentence`` is what is said."""

    UNKNOWN_METER = "unknown_meter"
    BAD_METER_NUMBER = "bad_meter_number"
    SEVERAL_METERS = "several_meters"
    METER_BLOCKED = "meter_blocked"
    METER_NOT_ACTIVE = "meter_not_active"
    BAD_AMOUNT = "bad_amount"
    BELOW_MINIMUM = "below_minimum"
    OVER_LIMIT = "over_limit"
    NOT_A_MULTIPLE = "not_a_multiple"
    TOO_OFTEN = "too_often"
    BY_READINGS = "by_readings"
    WRONG_CURRENCY = "wrong_currency"
    NOT_COVERED = "not_covered"
    NO_TARIFF = "no_tariff"
    NO_TOKEN = "no_token"  # noqa: S105 - a reason, not a secret
    TOKENS_TOO_FAST = "tokens_too_fast"
    KEY_REUSED = "key_reused"
    REVERSED = "reversed"
    ORIGINAL_UNKNOWN = "original_unknown"
    TOKEN_OUT = "token_out"  # noqa: S105 - a reason, not a secret
    AMOUNT_DIFFERS = "amount_differs"
    METER_DIFFERS = "meter_differs"
    PARTIAL_REVERSAL = "partial_reversal"

    @property
    def sentence(self) -> str:
        """The reason in words for the one who asked, with the cure where there is one."""
        return _SENTENCES[self]


_SENTENCES: dict[Refusal, str] = {
    Refusal.UNKNOWN_METER: "no such meter or customer; check the number with the customer",
    Refusal.BAD_METER_NUMBER: "the meter number is mistyped; check its digits",
    Refusal.SEVERAL_METERS: "this customer has several meters; name the meter",
    Refusal.METER_BLOCKED: "the meter is blocked; the customer must see the utility",
    Refusal.METER_NOT_ACTIVE: "the meter is not in service",
    Refusal.BAD_AMOUNT: "the amount must be more than zero",
    Refusal.BELOW_MINIMUM: "the amount is below the smallest sale",
    Refusal.OVER_LIMIT: "the amount is over the limit",
    Refusal.NOT_A_MULTIPLE: "the amount does not buy a whole multiple of what this tariff sells",
    Refusal.TOO_OFTEN: "this meter may not buy again today",
    Refusal.BY_READINGS: "this meter's price depends on the time of use: it is billed by readings, not sold",
    Refusal.WRONG_CURRENCY: "the utility does not sell in this currency",
    Refusal.NOT_COVERED: "the bank's float does not cover the amount; deposit first",
    Refusal.NO_TARIFF: "no price is in force for this meter; the utility must set one",
    Refusal.NO_TOKEN: "no token can be made for this meter now; nothing was booked, ask again",
    Refusal.TOKENS_TOO_FAST: "too many tokens for this meter in a short time; ask again later",
    Refusal.KEY_REUSED: "this reference was used before with other content; nothing changed",
    Refusal.REVERSED: "the payment was reversed; make a new one with a new reference",
    Refusal.ORIGINAL_UNKNOWN: "no payment with this reference",
    Refusal.TOKEN_OUT: "the token is out and cannot be recalled; a claim is open",
    Refusal.AMOUNT_DIFFERS: "the amount is not that of the payment; nothing changed",
    Refusal.METER_DIFFERS: "the meter is not that of the payment; nothing changed",
    Refusal.PARTIAL_REVERSAL: "only the whole payment can be reversed",
}

#: Refusals that depend on the moment, not on the order: they are not stored, the same request may succeed.
RETRYABLE = frozenset({Refusal.NO_TOKEN, Refusal.TOKENS_TOO_FAST})
