"""Prices payments: four blocks, VAT and a monthly fixed charge, as fast as one core can.

The payments are of all sizes and from customers anywhere in their month, half of them with the monthly charge
due, so that no branch is measured alone. A price by quantity is measured beside the price of money.
"""

from __future__ import annotations

import random
import time
from statistics import median
from typing import TYPE_CHECKING

from bench.figures import Findings, Table
from gateway.core.buyer import Buyer
from gateway.core.money import Money
from gateway.core.quote import Quote
from gateway.core.tariff import Tariff

if TYPE_CHECKING:
    from bench.figures import Effort

ROUNDS = 9
PAYMENTS = 4_000
SEED = 20260309

TARIFF = {
    "currency": "ZAR",
    "timezone": "Africa/Johannesburg",
    "energy": {
        "kind": "block",
        "reset": "calendar_month",
        "blocks": [
            {"upto_kwh": "100", "rate": "2.97900"},
            {"upto_kwh": "400", "rate": "3.48640"},
            {"upto_kwh": "650", "rate": "3.79840"},
            {"upto_kwh": None, "rate": "4.09480"},
        ],
    },
    "fixed_charges": [{"code": "SERVICE", "amount": "18.50", "period": "month", "taxed": True}],
    "taxes": [{"code": "VAT", "rate": "0.15", "base": ["ENERGY", "SERVICE"]}],
    "rounding": {"kwh_dp": 1, "kwh_mode": "ROUND_DOWN", "money_dp": 2, "money_mode": "ROUND_HALF_UP"},
}


def payments() -> list[tuple[Money, Buyer]]:
    """Draw the payments: 30.00 to 3,000.00, by customers with up to 900 kWh in their month."""
    dice = random.Random(SEED)
    return [
        (
            Money(dice.randint(3_000, 300_000), "ZAR"),
            Buyer(mtd_wh=dice.randrange(0, 900_000, 100), months_due=dice.randint(0, 1)),
        )
        for _ in range(PAYMENTS)
    ]


def seconds_per_quote(step) -> float:
    """Take the time of one round, per quote."""
    begun = time.perf_counter()
    step()
    return (time.perf_counter() - begun) / PAYMENTS


def run(_effort: Effort) -> Findings:
    """Measure quotes a second of one core: money into energy, and energy into money."""
    tariff, drawn = Tariff.from_mapping(TARIFF, "bench"), payments()
    bought = []
    for tender, buyer in drawn:
        quote = tariff.quote(tender, buyer)
        assert isinstance(quote, Quote), "a payment of the bench buys nothing"
        assert sum(line.amount.minor for line in quote.lines) == tender.minor
        bought.append((quote.energy_wh, buyer))

    def by_money() -> None:
        for tender, buyer in drawn:
            tariff.quote(tender, buyer)

    def by_energy() -> None:
        for energy_wh, buyer in bought:
            tariff.quote_energy(energy_wh, buyer)

    rounds = [(seconds_per_quote(by_money), seconds_per_quote(by_energy)) for _ in range(ROUNDS)]
    money_s, energy_s = median(pair[0] for pair in rounds), median(pair[1] for pair in rounds)
    rows = [["of money", f"{1 / money_s:,.0f}"], ["of kWh", f"{1 / energy_s:,.0f}"]]
    note = f"Four blocks, VAT and a monthly charge; {PAYMENTS:,} payments, the charge due in half of them."
    return Findings(
        {"quotes_per_s": 1 / money_s, "quotes_of_energy_per_s": 1 / energy_s},
        [Table("Tariffs: the price of a payment", ["quote", "quotes/s, one core"], rows, note)],
    )
