"""Every sentence that a customer reads about a price, in one place, to be said in other languages later.

A sentence is asked for by its key and its figures: ``say("next_step", ...)``. Figures come as text: what
digits they have is decided where they are worked out. Only characters that every receipt printer has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

SENTENCES: Final[Mapping[str, str]] = {
    # What was paid, and what came of it.
    "title": "Your purchase explained",
    "paid": "You paid",
    "bought": "You get",
    "bought_credit": "Your meter is loaded with",
    "free": "Free energy of {month}, as a token of its own",
    "tariff": "Tariff: {version}",
    "tariff_since": "Tariff: {version}, in force since {day}",
    # Where the money went: one line of the receipt each.
    "lines_title": "Where the money went",
    "line_net": "{name}, without {taxes}",
    "line_each": "{name}: {price} for each kWh",
    "line_share": "{name}: {percent} % of {parts}",
    "line_rebate": "{name}: {percent} % off {parts}",
    "line_steps": "{name}: by the steps below",
    "line_net_charges": "{name}, without {taxes}, also that in {charges}",
    "less_parts": "{parts}, less {others}",
    "line_inside": "{name}: {percent} %, contained in the price",
    "line_inside_paid": "{name}: {percent} %, contained in what you paid",
    "line_part": "{line} ({part}: {percent} % of each kWh)",
    "the": "the {name}",
    "charge_month": "{name}: {amount} for {months}",
    "charge_month_power": "{name}: {amount} for each of {kw} kW, for {months}",
    "charge_days": "{name}: {amount} a day for {days}",
    "charge_days_power": "{name}: {amount} a day for each of {kw} kW, for {days}",
    "this_month": "this month",
    "month_missed_one": "{month} and one missed month",
    "month_missed": "{month} and {count} missed months",
    "one_day": "one day",
    "days": "{count} days",
    "fee": "Fee for paying here: {rule}",
    "fee_channel": "Fee for paying through {channel}: {rule}",
    "fee_amount": "{amount} for each payment",
    "fee_share": "{percent} % of what you paid",
    "and": "{first} and {last}",
    "debt_share": "{percent} % of what you paid goes to your {debt} of {owed}; {left} is left",
    "debt_instalment": "An instalment goes to your {debt} of {owed}; {left} is left",
    "debt_all": "Your {debt} of {owed} is paid off",
    "old_debt": "old debt",
    "emergency": "emergency credit",
    "kept": "Stays on your account for next time",
    "from_account": "Paid from your account",
    "account_owed": "Change used before, of a payment that was taken back",
    "lines_total": "What you paid",
    "rounded_lines": "Each line is worked out from the {kwh} kWh below and rounded to {unit}. {name} is what"
    " then remains, so that the lines sum to the whole.",
    "rounded_lines_money": "Each line is rounded to {unit}. {name} is what then remains, so that the lines"
    " sum to the whole.",
    # How the energy was worked out.
    "energy_title": "How the energy was worked out",
    "price_title": "How the price was worked out",
    "less": "less {name}",
    "plus": "plus {name}",
    "with_tax": "{name} with its taxes",
    "fee_short": "fee for paying here",
    "tender_tax": "{names} on the payment",
    "before": "from your account",
    "owed_before": "change of a payment taken back",
    "left_for_energy": "Left for energy",
    "step": "{kwh} kWh x {price}",
    "step_between": "from {begin} to {end} kWh of {period}",
    "step_above": "from {begin} kWh of {period} on",
    "step_preferred": "at your preferential price, which counts up to {cap} kWh of {month}",
    "energy_total": "{kwh} kWh",
    "composed": "A kWh at {price} consists of {parts}.",
    "composed_inside": "The price of a kWh contains {names}.",
    "part_rate": "{price} {name}",
    "average": "Your average use of the last {months} months decides the price. It is {kwh} kWh a month:"
    " {band}.",
    "average_unknown": "Your average use decides the price. There is none yet: {band}.",
    "band_up_to": "the price for up to {most} kWh",
    "band_between": "the price for more than {least} and up to {most} kWh",
    "band_above": "the price for more than {least} kWh",
    "season": "The price of this day is that of {names}.",
    "bought_first": "This is the first energy of {period}.",
    "bought_before": "Before this purchase {kwh} kWh of {period} were counted.",
    "bought_before_free": "Before this purchase {kwh} kWh of {period} were counted, {free} kWh free energy"
    " among them.",
    "rounded_kwh": "Rounded {way} {unit}",
    "rounded_off": "You do not get the {kwh} kWh that are cut off; they are worth {money}.",
    "rounded_off_kept": "Your money would buy {kwh} kWh. That is rounded {way} {unit}, and the rest of the"
    " money stays on your account.",
    "rounded_on": "The rounding gives you {kwh} kWh more; they are worth {money}.",
    "less_than": "less than {amount}",
    "down": "down to",
    "up": "up to",
    "nearest": "to the nearest",
    "unit_kwh": "whole kWh",
    "unit_part": "full {unit} kWh",
    "unit_near": "{unit} kWh",
    "cost": "Together",
    "rounded_money": "Rounded to {unit}",
    # Preferential prices.
    "preference_title": "Your preferential price",
    "preference_factor": "{scheme}: {percent} % off {target}",
    "preference_free": "{scheme}: {target} is free",
    "preference_fixed": "{scheme}: {price} instead of {target}",
    "preference_cap": "{rule}, for {cap} kWh a month",
    "preference_saved": "It saved you",
    "preference_by": "{funder} bears this, not you.",
    "preference_by_account": "{funder} bears this, not you (account {account}).",
    "preference_used_up": "{rule}. That was used up before this purchase.",
    "utility": "The utility",
    "whole_price": "the whole price",
    # What counts next.
    "next_title": "What counts next",
    "counted": "{kwh} kWh of {period} are counted now.",
    "next_step": "The next {kwh} kWh of {period} cost {price} each, after that {after}.",
    "next_last": "Each further kWh of {period} costs {price}.",
    "next_flat": "Each further kWh costs {price}.",
    "next_plus_fee": "Paid for {month}: {names}. Other purchases of {month} do not pay this again.",
    "next_tender_tax": "The {names} is taken of the payment before, as above.",
    "free_given": "The free energy of {month} is given with this purchase. There is none again before the"
    " next month.",
    "credit_counts": "The meter counts down from this credit, at the prices that are set in it.",
    "of_year": "this year",
    "of_ladder_year": "the year since {day}",
    # Why the same money bought less, or more.
    "compare_title": "Why the second purchase brought {word}",
    "less_energy": "less",
    "more_energy": "more",
    "same_energy": "the same",
    "first_bought": "First, {day}: {money}",
    "then_bought": "Second, {day}: {money}",
    "difference": "Difference",
    "with_free": "with {kwh} kWh free energy in it",
    "cause_detail": "{sentence}: {detail}",
    "cause_amount": "You paid {then} instead of {first}",
    "cause_account": "From your account came {then} instead of {first}",
    "cause_fee": "The fee for paying took {then} instead of {first}",
    "cause_arrears": "Old debt took {then} instead of {first}",
    "cause_emergency": "Emergency credit took {then} instead of {first}",
    "cause_charges": "{names} took {then} instead of {first}",
    "cause_taxes": "Taxes and levies of tariff {then} in place of {first}",
    "cause_rates": "Prices of tariff {then} in place of {first}",
    "cause_rules": "Charges and rules of tariff {then} in place of {first}",
    "cause_version": "Tariff {then} in place of {first}",
    "tax_changed": "{name} {then} % instead of {first} %",
    "price_changed": "the first kWh costs {then} instead of {first}",
    "cause_season": "The season or kind of day: {then} instead of {first}",
    "cause_band": "Your average use: {then} instead of {first} kWh a month",
    "cause_preference_ended": "The preferential price has ended ({names})",
    "cause_preference_begun": "A preferential price has begun ({names})",
    "cause_preference": "The preferential price has changed",
    "cause_ladder_month": "Price steps: {then} kWh of the month were bought before, instead of {first}",
    "cause_ladder_year": "Price steps: {then} kWh of the year were bought before, instead of {first}",
    "cause_free": "Free energy of the month: {then} instead of {first} kWh",
    "cause_rounding": "Rounding of the energy",
    "version_since": "{version} (in force since {day})",
}

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

#: Words for codes that tariffs commonly have; any other code is written as a word of its own.
CODES: Final[Mapping[str, str]] = {
    "ENERGY": "Energy",
    "ENERGY_NET": "Energy",
    "BASE": "Basic price",
    "LADDER": "Step surcharge",
    "FUEL": "Fuel",
    "RENT": "Rent",
    "FUND": "Fund",
    "LEVY": "Levy",
    "FINE": "Fine",
    "POOR": "Poor",
    "FOREX": "Foreign exchange",
    "TENDER": "your payment after debts and fees",
}

_SHORT: Final = 4
"""Letters up to which a code is an abbreviation: VAT, EPRA."""


def say(key: str, **figures: object) -> str:
    """Say a sentence; KeyError for one that is not here, or a figure that is lacking."""
    return SENTENCES[key].format(**figures)


def named(code: str) -> str:
    """Write a line's code as people read it.

    >>> named("RURAL_GRID_LOAN"), named("VAT"), named("ENERGY_NET")
    ('Rural grid loan', 'VAT', 'Energy')
    """
    if code in CODES:
        return CODES[code]
    if "_" not in code and len(code) <= _SHORT:
        return code
    return code.replace("_", " ").lower().capitalize()


def within(code: str) -> str:
    """Write the same in the middle of a sentence.

    >>> within("SERVICE_FEE"), within("EPRA")
    ('service fee', 'EPRA')
    """
    name = named(code)
    return name if name.isupper() else name[:1].lower() + name[1:]


def listed(words: Sequence[str]) -> str:
    """Join words: ``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(words)
    return say("and", first=", ".join(words[:-1]), last=words[-1])


def day_text(day: date) -> str:
    """Write a day: ``2 May 2022``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
