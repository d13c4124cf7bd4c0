"""The purchases of the golden cases, as receipts; the cases' own reader makes the buyers."""

import json
from pathlib import Path

from gateway.core.money import Money
from gateway.core.quote import Quote
from gateway.core.tariff import Tariff
from gateway.multi_tariff.explanation import Receipt
from gateway.proof.tariff_given import given

VECTORS = Path(__file__).parents[1] / "vectors"


def documents():
    """Every file of golden tariff cases that is there."""
    return [json.loads(file.read_text()) for file in sorted(VECTORS.glob("tariffs*.json"))]


def cases():
    return [case for document in documents() for case in document["cases"]]


def receipts():
    """Give (name, receipt) for each step of each case that ends in a sale."""
    found = {}
    for case in cases():
        tariff = Tariff.from_mapping(case["tariff"], case["id"])
        steps = case.get("steps", [case])
        for number, step in enumerate(steps, start=1):
            name = f"{case['id']}-{number}" if "steps" in case else case["id"]
            receipt = receipt_of(tariff, step)
            if receipt is not None:
                found[name] = receipt
    return found


def receipt_of(tariff, step):
    """Price one step; None where it is no purchase, or a refused one."""
    told = given(tariff, step)
    if told.pays_minor is not None:
        quote = tariff.quote(Money(told.pays_minor, tariff.currency), told.buyer)
    elif told.buys_wh is not None:
        quote = tariff.quote_energy(told.buys_wh, told.buyer)
    else:
        return None
    return Receipt(quote, told.buyer, tariff) if isinstance(quote, Quote) else None
