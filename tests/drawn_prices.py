"""Prices drawn at random: of energy by the kWh, in every shape that a tariff has, and preferences on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

SCHEMES = ("LOW_INCOME", "PENSIONER", "STAFF")
SUB_ITEMS = ("BASE", "FUND", "GRID")


def text(number: int, places: int) -> str:
    """Write a whole number of the last place as a decimal."""
    digits = str(number).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


def rate(dice: random.Random, level: int) -> str:
    """Draw a price around the level: from a fifth to three times it, often with few digits."""
    drawn_rate = dice.randint(level // 5 + 1, 3 * level)
    if dice.random() < 0.5:
        drawn_rate = max(1, drawn_rate // 10_000) * 10_000
    return text(drawn_rate, 6)


def share(dice: random.Random, most: int = 30) -> str:
    return text(dice.randint(1, most) if dice.random() < 0.5 else dice.randint(1, most * 10) // 10 + 1, 2)


def energy(dice: random.Random, kind: str, level: int) -> dict:
    match kind:
        case "flat":
            return {"energy": {"kind": "flat", "rate": rate(dice, level)}}
        case "block":
            return {"energy": blocks(dice, level)}
        case "ladder":
            return {"energy": ladder(dice, level)}
        case "average_band":
            rows = steps(dice, 150, lambda: {"rate": rate(dice, level)})
            return {"energy": {"kind": "average_band", "bands": rows}}
        case "sub_items":
            return {"sub_items": sub_items(dice, level)} | preferences(dice, level)
        case "money":
            return {"credit_unit": "currency", "energy": {"kind": "flat", "rate": "1"}}
    prices = [
        {"season": "summer", "energy": dice.choice([blocks, flat])(dice, level)},
        {"season": "winter", "day_type": "work", "energy": blocks(dice, level)},
        {"season": "winter", "day_type": "rest", "energy": flat(dice, level)},
    ]
    seasons = [{"name": "summer", "from": "11-01"}, {"name": "winter", "from": "04-15"}]
    day_types = {"work": ["mon", "tue", "wed", "thu", "fri"], "rest": ["sat", "sun"]}
    return {
        "calendar": {
            "seasons": seasons,
            "day_types": day_types,
            "holidays": [{"date": "05-01", "as": "rest"}],
        },
        "energy": {"kind": "seasonal", "prices": prices},
    }


def flat(dice: random.Random, level: int) -> dict:
    return {"kind": "flat", "rate": rate(dice, level)}


def blocks(dice: random.Random, level: int) -> dict:
    """Draw blocks; the first one is free of charge at times."""
    rows = steps(dice, 600, lambda: {"rate": rate(dice, level)})
    if dice.random() < 0.1 and len(rows) > 1:
        rows[0]["rate"] = "0"
    return {"kind": "block", "reset": "calendar_month", "blocks": rows}


def ladder(dice: random.Random, level: int) -> dict:
    rows = steps(dice, 3000, lambda: {"add": rate(dice, level // 4)})
    ladder = {"kind": "additive_ladder", "base_rate": rate(dice, level), "tiers": rows}
    return ladder | {"ladder_reset": dice.choice(["01-01T00:00", "05-01", "calendar_year", "calendar_month"])}


def steps(dice: random.Random, most: int, price) -> list[dict]:
    ends = sorted(dice.sample(range(1, most * 10), dice.randint(0, 4)))
    return [{"upto_kwh": end, **price()} for end in [*(text(end, 1) for end in ends), None]]


def sub_items(dice: random.Random, level: int) -> list[dict]:
    rows = [
        {"code": code, "rate": rate(dice, level // (1 + 9 * place))} for place, code in enumerate(SUB_ITEMS)
    ]
    if dice.random() < 0.2:
        rows.append({"code": "SUBSIDY", "rate": f"-{text(dice.randint(1, level // 6), 6)}"})
    return rows


def preferences(dice: random.Random, level: int) -> dict:
    if dice.random() < 0.4:
        return {}
    sheet = []
    for scheme in dice.sample(SCHEMES, dice.randint(1, 3)):
        entry: dict = {"scheme": scheme}
        entry |= {"sub_item": dice.choice(SUB_ITEMS)} if dice.random() < 0.6 else {"total": True}
        match dice.choice(["factor", "factor", "fixed", "free"]):
            case "factor":
                entry["factor"] = text(dice.randint(40, 100), 2)
            case "fixed":
                entry["fixed_rate"] = text(dice.randint(1, level // 8), 6)
            case "free":
                entry["free_kwh"] = str(dice.randint(1, 80))
        if "free_kwh" not in entry and dice.random() < 0.4:
            entry["cap_kwh"] = text(dice.randint(1, 3000), 1)
        if "factor" in entry and dice.random() < 0.3:
            entry["stacks"] = True
        if dice.random() < 0.2:
            entry["valid"] = {"from": "2026-01-01", "to": "2026-06-30"}
        sheet.append(entry)
    return {"preferential": sheet if len(sheet) > 1 else sheet[0]}
