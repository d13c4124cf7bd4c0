"""Tariffs, customers and tenders drawn at random, all of them well formed: the same ones for the same seed.

Every kind of energy, item, tax, charge, debt, free energy, preference, limit and rounding is drawn, and one
tariff in eight is a meter shared by several power types. Prices are of the size that the currency has.
"""

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.core.buyer import Buyer
from gateway.core.money import CURRENCY_EXPONENT, Money
from gateway.core.tariff import Tariff, TariffFault, shared_by
from tests.drawn_prices import SCHEMES, blocks, energy, ladder, rate, share, text

if TYPE_CHECKING:
    from gateway.core.quote import Quote

# A currency with what a kWh costs there, in millionths.
LEVELS = {"CNY": 500_000, "ZAR": 3_000_000, "KES": 16_000_000, "JPY": 30_000_000, "UGX": 600_000_000}
LEVELS |= {"KWD": 25_000, "BHD": 30_000}
MODES = ["ROUND_DOWN"] * 6 + [
    "ROUND_FLOOR",
    "ROUND_HALF_UP",
    "ROUND_HALF_EVEN",
    "ROUND_HALF_DOWN",
    "ROUND_UP",
]
MONEY_MODES = ["ROUND_HALF_UP"] * 5 + ["ROUND_HALF_EVEN", "ROUND_HALF_DOWN", "ROUND_DOWN", "ROUND_UP"]
POWER_TYPES = ("LIGHT", "MACHINES", "WATER")
REDRAWN_MAX = 20


@dataclass(frozen=True)
class Drawn:
    """A tariff as its authors wrote it (name, percent, mapping; the main power type first), and one sale."""

    seed: int
    parts: tuple[tuple[str, int, dict], ...]
    tariff: Tariff
    buyer: Buyer
    tender: Money

    @property
    def mapping(self):
        return self.parts[0][2]

    @property
    def rounds_down(self):
        return self.mapping["rounding"]["kwh_mode"] in {"ROUND_DOWN", "ROUND_FLOOR"}


def drawn(seed: int) -> Drawn:
    """Draw a tariff and a sale under it."""
    dice = random.Random(seed)
    for _ in range(REDRAWN_MAX):
        with contextlib.suppress(TariffFault):  # a preference too many, a tax on the tender too high
            return _drawn(seed, dice)
    raise AssertionError(f"seed {seed} draws no tariff")


def _drawn(seed: int, dice: random.Random) -> Drawn:
    main = a_tariff(dice)
    parts = [("", 100, main)]
    if dice.random() < 0.125 and "credit_unit" not in main and main["energy_key"] != "average_band":
        parts = _shared(dice, main)
    for _, _, mapping in parts:
        mapping.pop("energy_key", None)
    tariffs = [Tariff.from_mapping(mapping, str(seed)) for _, _, mapping in parts]
    rows = [(name, percent, one) for (name, percent, _), one in zip(parts, tariffs, strict=True)]
    tariff = shared_by(rows) if len(rows) > 1 else tariffs[0]
    tender = Money(
        int(10 ** dice.uniform(0.5, 4) * LEVELS[main["currency"]] / 10**6 * 10 ** _exponent(main)) + 1,
        main["currency"],
    )
    return Drawn(seed, tuple(parts), tariff, a_buyer(dice, parts, tender), tender)


def _exponent(mapping: dict) -> int:
    return CURRENCY_EXPONENT[mapping["currency"]]


def _shared(dice: random.Random, main: dict) -> list[tuple[str, int, dict]]:
    """Draw lesser power types of the same money, each flat or counting as the main one does."""
    percents = dice.choice([(60, 40), (50, 30, 20), (99, 1), (33, 33, 34)])
    parts = [(POWER_TYPES[0], percents[0], main)]
    for name, percent in zip(POWER_TYPES[1:], percents[1:], strict=False):
        other = a_tariff(dice, currency=main["currency"])
        other["rounding"] = main["rounding"]
        level = LEVELS[main["currency"]]
        other["energy"] = (
            blocks(dice, level) | {"rates_include_tax": other["energy"]["rates_include_tax"]}
            if main["energy_key"] == "block" and "energy" in other
            else {"kind": "flat", "rate": rate(dice, level), "rates_include_tax": False}
        )
        for key in ("sub_items", "calendar", "credit_unit", "preferential", "taxes", "percent_items"):
            other.pop(key, None)
        other["energy"]["rates_include_tax"] = False
        other["taxes"] = [{"code": "VAT", "rate": "0.10"}] if dice.random() < 0.5 else []
        if other["rounding"]["balancing_line"] == "FUEL":
            other["per_kwh_items"] = [{"code": "FUEL", "rate": rate(dice, level)}]
        parts.append((name, percent, other))
    return parts


def a_tariff(dice: random.Random, currency: str | None = None) -> dict:
    """Draw a tariff object; ``energy_key`` says what was drawn, for those who mix."""
    currency = currency or dice.choice(list(LEVELS))
    level, includes = LEVELS[currency], dice.random() < 0.3
    mapping: dict = {"currency": currency, "timezone": "Africa/Johannesburg"}
    kind = dice.choice(["flat", "block", "block", "ladder", "average_band", "seasonal", "sub_items", "money"])
    mapping["energy_key"] = kind
    mapping |= energy(dice, kind, level)
    if "energy" in mapping:
        mapping["energy"]["rates_include_tax"] = includes
    elif includes:
        includes = False
    if dice.random() < 0.3 and kind != "money":
        mapping["per_kwh_items"] = [{"code": "FUEL", "rate": rate(dice, level // 5)}]
    charges = _charges(dice, level)
    mapping["fixed_charges"] = charges
    mapping |= _shares(dice, mapping, [charge["code"] for charge in charges], includes=includes)
    mapping |= _rules(dice, kind, level)
    mapping["rounding"] = _rounding(dice, kind, currency, mapping)
    return mapping


def _charges(dice: random.Random, level: int) -> list[dict]:
    charges = []
    for number in range(dice.choice([0, 0, 1, 2])):
        amount = text(dice.randint(1, 8 * level), 6)
        charge: dict = {"code": f"CHARGE_{number}", "taxed": dice.random() < 0.5}
        charge["accrues_when_unpaid"] = dice.random() < 0.5
        if dice.random() < 0.6:
            charge |= {"amount": amount, "period": "month", "taken_on": "first_purchase_of_month"}
        else:
            key = dice.choice(["amount", "amount_per_kw"])
            charge |= {
                key: text(dice.randint(1, level // 4), 6),
                "period": "day",
                "since": "previous_purchase",
            }
        charges.append(charge)
    return charges


def _shares(dice: random.Random, mapping: dict, charges: list[str], *, includes: bool) -> dict:
    """Draw levies, a rebate and taxes, compound ones too; no base names a line behind it."""
    lines = ["ENERGY", *(item["code"] for item in mapping.get("per_kwh_items", [])), *charges]
    found: dict = {"percent_items": [], "taxes": []}
    if dice.random() < 0.25:
        base = dice.sample(lines, dice.randint(1, len(lines)))
        found["percent_items"] = [{"code": "LEVY", "rate": share(dice, 10), "base": base}]
        lines.append("LEVY")
    if dice.random() < 0.15:
        found["rebate"] = {"code": "REBATE", "rate": share(dice, 12), "base": ["ENERGY"]}
        lines.append("REBATE")
    for number in range(dice.choice([0, 1, 1, 2, 3])):
        tax: dict = {
            "code": f"TAX_{number}",
            "rate": share(dice),
            "inclusive": includes and dice.random() < 0.8,
        }
        draw = dice.random()
        if draw < 0.15:
            tax |= {
                "rate": share(dice, 9),
                "base": ["TENDER"],
                "inclusive": not includes and dice.random() < 0.5,
            }
        elif tax["inclusive"]:
            tax["base"] = ["ENERGY"]
        elif draw < 0.8:
            tax["base"] = dice.sample(lines, dice.randint(1, len(lines)))
        found["taxes"].append(tax)
        if not tax["inclusive"] or "base" not in tax:
            lines.append(tax["code"])
    return found


def _rules(dice: random.Random, kind: str, level: int) -> dict:
    found: dict = {}
    if dice.random() < 0.3:
        found["arrears"] = dice.choice(
            [
                {"mode": "percent_of_tender", "percent": share(dice, 80), "cap": "outstanding"},
                {"mode": "full_first", "cap": "0.90"},
                {"mode": "full_first"},
                {"mode": "instalment", "amount": text(dice.randint(1, 5 * level), 6)},
            ]
        )
    if dice.random() < 0.15:
        found["emergency_credit"] = {"percent": dice.choice(["1", "0.5"])}
    if dice.random() < 0.15:
        fee = {"code": "FEE", "rate": share(dice, 5)}
        found["channel_fees"] = [fee, {"code": "BANK_FEE", "channel": "BANK", "amount": text(level // 3, 6)}]
    if kind == "money":
        return found
    if dice.random() < 0.2:
        free = {"kwh": text(dice.randint(1, 600), 1), "counts_towards_blocks": dice.random() < 0.5}
        found["free_basic"] = free | ({"scheme": SCHEMES[0]} if dice.random() < 0.5 else {})
    if dice.random() < 0.2:
        limits: dict = {"min_kwh": str(dice.randint(1, 20)), "max_kwh": str(dice.randint(500, 20_000))}
        limits |= {"kwh_multiple": dice.choice(["1", "10"])} if dice.random() < 0.4 else {}
        found["purchase_limits"] = limits | {"max_per_day": dice.randint(1, 3)}
    return found


def _rounding(dice: random.Random, kind: str, currency: str, mapping: dict) -> dict:
    exponent = CURRENCY_EXPONENT[currency]
    mode = dice.choice(MODES)
    carries = mode in {"ROUND_DOWN", "ROUND_FLOOR"} and kind != "money" and dice.random() < 0.3
    balancing = "FUEL" if "per_kwh_items" in mapping and dice.random() < 0.1 else "ENERGY"
    return {
        "kwh_dp": 3 if kind == "money" else dice.choice([0, 1, 1, 1, 2, 3]),
        "kwh_mode": mode,
        "money_dp": exponent if dice.random() < 0.8 else dice.randint(0, exponent),
        "money_mode": dice.choice(MONEY_MODES),
        "balancing_line": balancing,
        "residual_policy": "carry_to_account" if carries else "absorb",
    }


def a_buyer(dice: random.Random, parts: list[tuple[str, int, dict]], tender: Money) -> Buyer:
    """Draw a customer, often one who stands on the very end of a step."""
    mapping = parts[0][2]
    ends = [row.get("upto_kwh") for row in mapping.get("energy", {}).get("blocks", [])]
    mtd_wh = dice.choice(
        [0, dice.randrange(0, 700_000, 100), *(int(float(end) * 1000) for end in ends if end)]
    )
    ytd_wh = dice.choice([mtd_wh, mtd_wh + dice.randrange(0, 3_000_000, 100)])
    owes = dice.random() < 0.5
    return Buyer(
        at=datetime(2026, dice.randint(1, 12), dice.randint(1, 28), dice.randint(0, 23)),  # noqa: DTZ001 - local
        mtd_wh=mtd_wh,
        ytd_wh=ytd_wh,
        average_wh=dice.choice([None, dice.randrange(0, 2_000_000)]),
        months_due=dice.choice([0, 1, 1, 3]),
        days_due=dice.choice([0, 1, 17]),
        contract_w=dice.choice([0, 3_000, 5_500]),
        schemes=tuple(dice.sample(SCHEMES, dice.randint(0, 3))),
        free_claimed=dice.random() < 0.5,
        arrears_minor=dice.randrange(1, 3 * tender.minor + 2) if owes else 0,
        emergency_minor=dice.randrange(1, tender.minor + 2) if owes and dice.random() < 0.3 else 0,
        account_minor=dice.randrange(0, tender.minor // 2 + 1) if dice.random() < 0.5 else 0,
        channel=dice.choice(["", "BANK", "POS"]),
    )


def after(buyer: Buyer, quote: Quote) -> Buyer:
    """The same customer after a sale on that day: counters moved, charges paid, change on his account."""
    owed = {line.kind.name: line.amount.minor for line in quote.lines}
    return replace(
        buyer,
        mtd_wh=buyer.mtd_wh + quote.counted_wh,
        ytd_wh=buyer.ytd_wh + quote.counted_wh,
        months_due=0,
        days_due=0,
        free_claimed=True,
        times_today=buyer.times_today + 1,
        arrears_minor=buyer.arrears_minor - owed.get("ARREARS", 0),
        emergency_minor=buyer.emergency_minor - owed.get("EMERGENCY", 0),
        account_minor=buyer.account_minor - quote.account_minor + quote.residual_minor,
    )


def a_time_of_use_case(dice: random.Random, *, by_year: bool) -> tuple[dict, Buyer, list[tuple[str, int]]]:
    """Draw zones with a ladder on top, what was used before, and readings of (zone, Wh)."""
    level = LEVELS["CNY"]
    zones = {
        "peak": {"rate": rate(dice, 2 * level), "from": "08:00", "to": "22:00"},
        "valley": {"rate": rate(dice, level // 2), "from": "22:00", "to": "08:00"},
    }
    energy = {"kind": "tou_additive_ladder", "zones": zones, "tiers": ladder(dice, level)["tiers"]}
    energy |= {"ladder_reset": "01-01T00:00" if by_year else "calendar_month"}
    rule = {"kwh_dp": 1, "kwh_mode": "ROUND_DOWN", "money_dp": 2, "money_mode": "ROUND_HALF_UP"}
    mapping = {"currency": "CNY", "timezone": "Asia/Shanghai", "energy": energy, "rounding": rule}
    used_wh = dice.randrange(0, 3_000_000)
    readings = [
        (dice.choice(["peak", "valley"]), dice.randrange(0, 900_000)) for _ in range(dice.randint(1, 6))
    ]
    return mapping, Buyer(mtd_wh=used_wh, ytd_wh=used_wh), readings
