"""What a purchase costs, worked out slowly from the tariff's own text: plain ratios in major units and kWh.

Nothing of the product is used but the customer as it is told. A price is not solved here: all lines are
worked out for one kWh, for the charges alone and for the money alone, one after the other as a clerk would do
it, and their sums are what these cost.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.core.buyer import Buyer

EXPONENTS = {"CNY": 2, "ZAR": 2, "KES": 2, "JPY": 0, "UGX": 0, "KWD": 3, "BHD": 3}
NONE = Fraction(0)


def rounded(exact, places, mode):
    """Round to decimal places by the name of the mode."""
    scaled = exact * 10**places
    low, high = floor(scaled), ceil(scaled)
    inner, outer = (low, high) if scaled >= 0 else (high, low)
    below = abs(scaled - inner) < Fraction(1, 2)
    is_half = abs(scaled - inner) == Fraction(1, 2)
    whole = {
        "ROUND_DOWN": inner,
        "ROUND_UP": outer,
        "ROUND_FLOOR": low,
        "ROUND_CEILING": high,
        "ROUND_HALF_UP": inner if below else outer,
        "ROUND_HALF_DOWN": inner if below or is_half else outer,
        "ROUND_HALF_EVEN": (low if low % 2 == 0 else high) if is_half else inner if below else outer,
    }[mode]
    return Fraction(whole, 10**places)


def kwh(text):
    return None if text is None else Fraction(text)


@dataclass
class Clerk:
    """One power type's part of the meter: its tariff, its share of each kWh, and the customer."""

    name: str
    share: Fraction
    tariff: dict
    buyer: Buyer
    is_main: bool = True

    def steps(self):
        """The steps in force: (end on this part's own counter, {component: rate})."""
        tariff = self.tariff
        if tariff.get("credit_unit") == "currency":
            return [(None, {"ENERGY": Fraction(1)})]
        if "sub_items" in tariff:
            return [(None, {row["code"]: Fraction(row["rate"]) for row in tariff["sub_items"]})]
        energy = tariff["energy"]
        if energy["kind"] == "seasonal":
            energy = self._in_season(energy["prices"])
        if energy["kind"] == "flat":
            return [(None, {"ENERGY": Fraction(energy["rate"])})]
        if energy["kind"] == "block":
            return [(kwh(row["upto_kwh"]), {"ENERGY": Fraction(row["rate"])}) for row in energy["blocks"]]
        if energy["kind"] == "additive_ladder":
            start = Fraction(energy["base_rate"])
            return [
                (kwh(row["upto_kwh"]), {"ENERGY": start + Fraction(row["add"])}) for row in energy["tiers"]
            ]
        ends = [kwh(row["upto_kwh"]) for row in energy["bands"][:-1]]
        band = bisect_left(ends, Fraction(self.buyer.average_wh or 0, 1000))
        return [(None, {"ENERGY": Fraction(energy["bands"][band]["rate"])})]

    def _in_season(self, prices):
        """The drawn calendar: summer from November to mid-April, weekends and 1 May are days of rest."""
        day = self.buyer.at.date()
        if (day.month, day.day) >= (11, 1) or (day.month, day.day) < (4, 15):
            return prices[0]["energy"]
        is_rest = day.weekday() >= 5 or (day.month, day.day) == (5, 1)
        return prices[2 if is_rest else 1]["energy"]

    def preferences(self):
        """The entries that the customer holds today."""
        sheet = self.tariff.get("preferential") or []
        today = self.buyer.at.date()
        for entry in sheet if isinstance(sheet, list) else [sheet]:
            valid = entry.get("valid", {"from": "0001-01-01", "to": "9999-12-31"})
            in_time = date.fromisoformat(valid["from"]) <= today <= date.fromisoformat(valid["to"])
            if entry["scheme"] in self.buyer.schemes and in_time:
                yield entry

    def cuts(self, rates, month_kwh):
        """What each scheme takes off each component's rate, at this place in the month."""
        total = sum(rates.values())
        found: dict = {}
        for code, full in rates.items():
            best: list = []
            stacked: list = []
            for entry in self.preferences():
                cap = kwh(entry.get("free_kwh", entry.get("cap_kwh")))
                if entry.get("sub_item", code) != code or (cap is not None and month_kwh >= cap):
                    continue
                cut = self._cut(entry, full, total)
                (stacked if entry.get("stacks") else best).append((cut, entry))
            if best:
                stacked.append(max(best, key=lambda pair: pair[0]))
            for cut, entry in stacked:
                if cut > 0 or "sub_item" not in entry:
                    found[code, entry["scheme"]] = found.get((code, entry["scheme"]), NONE) + cut
        return found

    @staticmethod
    def _cut(entry, full, total):
        if "free_kwh" in entry:
            return full
        if "factor" in entry:
            return full - full * Fraction(entry["factor"])
        fixed = Fraction(entry["fixed_rate"])
        return full - fixed if "sub_item" in entry else full * max(NONE, (total - fixed) / total)

    def lines(self, energy, kwh_taken, money, charges):
        """Write all lines for so much energy (amounts by component), money and charges; and their sum."""
        amounts = dict(energy)
        components = list(energy)
        for item in self.tariff.get("per_kwh_items", []):
            amounts[item["code"]] = Fraction(item["rate"]) * kwh_taken
        amounts |= charges
        gross, inside = sum(amounts.values(), NONE), dict[str, Fraction]()
        untaxed = {row["code"] for row in self.tariff["fixed_charges"] if not row["taxed"]}
        levies = [(row, 1) for row in self.tariff.get("percent_items", [])]
        levies += [(self.tariff["rebate"], -1)] if "rebate" in self.tariff else []
        for row, sign in [*levies, *((tax, 1) for tax in self.tariff.get("taxes", []))]:
            is_tax = row in self.tariff.get("taxes", [])
            bases = row.get("base") or (
                [code for code in amounts if code not in untaxed | set(inside)] if is_tax else ["ENERGY"]
            )
            on = NONE
            for name in bases:
                if name == "TENDER":
                    on += money
                elif name == "ENERGY":
                    on += sum(amounts[code] for code in components)
                else:
                    on += amounts.get(name, NONE)
            percent, inclusive = Fraction(row["rate"]), row.get("inclusive", self.includes_tax)
            amount = on * percent / (1 + percent) if is_tax and inclusive else on * percent * sign
            amounts[row["code"]] = amount
            if is_tax and inclusive and self.includes_tax:
                inside[row["code"]] = amount
            else:
                gross += amount
        amounts[components[0]] -= sum(inside.values())
        return amounts, gross

    @property
    def includes_tax(self):
        return self.tariff.get("energy", {}).get("rates_include_tax", False)


@dataclass
class Bought:
    """What came out: exact kWh, kWh sold, lines in major units, and what goes back to the account."""

    kwh_exact: Fraction
    kwh: Fraction
    lines: list
    residual: Fraction
    blocks: list
    preference: Fraction


class Shop:
    """Sells under the tariffs of one meter, the main power type's first."""

    def __init__(self, parts, buyer):
        self.main, self.buyer = parts[0][2], buyer
        self.clerks = [
            Clerk(name, Fraction(percent, 100), tariff, buyer, is_main=place == 0)
            for place, (name, percent, tariff) in enumerate(parts)
        ]
        free, self.counted_free = self.main.get("free_basic"), NONE
        if free and not buyer.free_claimed and free.get("scheme", "") in ("", *buyer.schemes):
            self.counted_free = Fraction(free["kwh"]) if free["counts_towards_blocks"] else NONE
        self.month = Fraction(buyer.mtd_wh, 1000) + self.counted_free
        energy = self.main.get("energy", {})
        by_year = energy.get("kind") == "additive_ladder" and energy["ladder_reset"] != "calendar_month"
        self.ladder = (Fraction(buyer.ytd_wh, 1000) + self.counted_free) if by_year else self.month
        self.rule = self.main["rounding"]
        self.exponent = EXPONENTS[self.main["currency"]]

    def money(self, exact):
        return rounded(exact, self.rule["money_dp"], self.rule["money_mode"])

    def debt(self, code, amount):
        """Round what was taken off first, and a debt never to more than is owed."""
        owed = {"EMERGENCY": self.buyer.emergency_minor, "ARREARS": self.buyer.arrears_minor}
        full = self.money(amount)
        return min(full, Fraction(owed[code], 10**self.exponent)) if code in owed else full

    def charges(self):
        """What each fixed charge comes to."""
        found, buyer = dict[str, Fraction](), self.buyer
        for row in self.main["fixed_charges"]:
            months = buyer.months_due if row["accrues_when_unpaid"] else min(1, buyer.months_due)
            units = months if row["period"] == "month" else buyer.days_due
            if "amount" in row:
                found[row["code"]] = Fraction(row["amount"]) * units
            else:
                found[row["code"]] = Fraction(row["amount_per_kw"]) * units * Fraction(buyer.contract_w, 1000)
        return found

    def deductions(self, tender):
        """What is taken off first: (line code, exact amount)."""
        buyer, unit, left, found = self.buyer, 10**self.exponent, tender, []
        fees = {row.get("channel", ""): row for row in self.main.get("channel_fees", [])}
        fee = fees.get(buyer.channel, fees.get(""))
        wanted = []
        if fee:
            amount = Fraction(fee.get("amount", "0")) + Fraction(fee.get("rate", "0")) * tender
            wanted.append((fee["code"], amount))
        if "emergency_credit" in self.main:
            part = Fraction(self.main["emergency_credit"]["percent"]) * tender
            wanted.append(("EMERGENCY", min(part, Fraction(buyer.emergency_minor, unit))))
        if "arrears" in self.main:
            rule, owed = self.main["arrears"], Fraction(buyer.arrears_minor, unit)
            part = Fraction(rule.get("percent", "1")) * tender
            if rule.get("cap", "outstanding") != "outstanding":
                part = min(part, Fraction(rule["cap"]) * tender)
            wanted.append(("ARREARS", min(part, owed, Fraction(rule.get("amount", owed)))))
        for code, amount in wanted:
            found.append((code, min(amount, left)))
            left -= found[-1][1]
        return found, left

    def written(self, spans, money, charges):
        """Write the lines of all power types for energy taken in spans, each with its place in the month."""
        rows, gross = [], NONE
        for clerk in self.clerks:
            components = list(clerk.steps()[0][1])
            energy, taken = dict.fromkeys(components, NONE), NONE
            for start, width in spans:
                rates = self._rates(clerk, start, width)
                energy = {code: energy[code] + rates[code] * width * clerk.share for code in components}
                taken += width * clerk.share
            amounts, total = clerk.lines(energy, taken, money * clerk.share, charges if clerk.is_main else {})
            rows += [(clerk.name, code, amount) for code, amount in amounts.items()]
            gross += total
        return rows, gross

    def _rates(self, clerk, start, width, *, listed=False):
        middle = start + width / 2
        rates = self._step(clerk, middle)
        if listed:
            return rates
        cuts = clerk.cuts(rates, self.month + middle)
        return {
            code: full - sum(cut for (of, _), cut in cuts.items() if of == code)
            for code, full in rates.items()
        }

    def _step(self, clerk, middle):
        at = (self.ladder + middle) * clerk.share
        return next(rates for end, rates in clerk.steps() if end is None or at <= end)

    def corners(self):
        """Where the price changes, in kWh from the beginning of this purchase."""
        ends = {
            end / clerk.share - self.ladder
            for clerk in self.clerks
            for end, _ in clerk.steps()
            if end is not None
        }
        caps = {
            Fraction(entry.get("free_kwh", entry.get("cap_kwh"))) - self.month
            for clerk in self.clerks
            for entry in clerk.preferences()
            if "free_kwh" in entry or "cap_kwh" in entry
        }
        return sorted(corner for corner in ends | caps if corner > 0)

    def spans(self, until):
        """Cut so much energy where the price changes: (begin, width)."""
        cuts = [NONE, *(corner for corner in self.corners() if corner < until), until]
        return [(start, end - start) for start, end in pairwise(cuts)]

    def energy_for(self, money):
        """How much energy this money buys, span by span; None: not even the charges."""
        _, for_charges = self.written([], NONE, self.charges())
        _, of_money = self.written([], Fraction(1), {})
        left = money * (1 - of_money) - for_charges
        if left <= 0:
            return None
        corners = [NONE, *self.corners()]
        for start, end in zip(corners, [*corners[1:], None], strict=True):
            width = Fraction(1) if end is None else end - start
            _, price = self.written([(start, width)], NONE, {})
            if end is None:
                return start + left / price
            if price >= left:
                return start + width * left / price
            left -= price
        raise AssertionError("a price ends")

    def sells(self, tender):
        """Sell for a tender; None where it buys nothing, or where the lines would not fit into the money."""
        held, left = self.deductions(tender)
        held = [(code, self.debt(code, amount)) for code, amount in held]
        carries = self.rule["residual_policy"] == "carry_to_account"
        left += Fraction(self.buyer.account_minor, 10**self.exponent) if carries else 0
        exact = self.energy_for(left)
        if exact is None:
            return None
        sold = rounded(exact, self.rule["kwh_dp"], self.rule["kwh_mode"])
        everything = tender + (Fraction(self.buyer.account_minor, 10**self.exponent) if carries else 0)
        total, paid_for = everything, exact
        if carries:
            step = Fraction(self.main.get("purchase_limits", {}).get("kwh_multiple", "0"))
            sold -= sold % step if step else 0
            _, on_money = self.written([], left, {})
            _, of_energy = self.written(self.spans(sold), NONE, self.charges()) if sold else ([], NONE)
            total = self.money(on_money + of_energy) + sum(amount for _, amount in held)
            total, paid_for = min(total, everything), sold
        if sold <= 0:
            return None
        spans = self.spans(paid_for)
        rows, _ = self.written(spans, left, self.charges())
        lines = self.balanced([("", code, amount) for code, amount in held], rows, total)
        if lines is None:
            return None
        return Bought(exact, sold, lines, everything - total, spans, self.preference(spans))

    def balanced(self, held, rows, total):
        """Round each line by itself; the balancing one takes what is left, negative only by rounding."""
        wanted = self.rule["balancing_line"]
        own = [code for name, code, _ in rows if name == self.clerks[0].name]
        place = own.index(wanted) if wanted in own else 0
        due = self.charges()
        lines = [row for row in held if row[2]]
        rest = total - sum(amount for _, _, amount in lines)
        for number, (name, code, amount) in enumerate(rows):
            if number != place and not (code in due and name == self.clerks[0].name and not due[code]):
                lines.append((name, code, self.money(amount)))
                rest -= lines[-1][2]
        if rest < -(len(lines) + 1) * Fraction(1, 10 ** self.rule["money_dp"]):
            return None
        return sorted([*lines, (*rows[place][:2], rest)])

    def preference(self, spans):
        """What the schemes cost on this energy."""
        found: dict = {}
        for clerk in self.clerks:
            for start, width in spans:
                cuts = clerk.cuts(self._step(clerk, start + width / 2), self.month + start + width / 2)
                for key, cut in cuts.items():
                    found[clerk.name, key] = found.get((clerk.name, key), NONE) + cut * width * clerk.share
        return sum((self.money(amount) for amount in found.values()), NONE)
