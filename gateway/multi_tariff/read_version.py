"""Read a stored tariff version into one that prices: its JSON, its rules, what a sale can honour of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.core.tariff import Tariff, TariffFault
from gateway.multi_tariff.tariff_in_force import TariffInForce

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.core.tariff_life import TariffDraft


def read_version(stored: TariffDraft) -> TariffInForce:
    """Read a version; TariffFault names the field that is wrong, with an empty path where it is no field."""
    return priced(stored.power_type, stored.version, stored.from_moment, table_of(stored.body))


def priced(
    power_type: str, version: str, from_moment: datetime, table: Mapping[str, object]
) -> TariffInForce:
    """Make a version that prices of a tariff object; TariffFault as by ``read_version``."""
    tariff = Tariff.from_mapping(table, version)
    try:
        return TariffInForce(power_type, from_moment, tariff)
    except TariffFault:
        raise
    except ValueError as fault:
        raise TariffFault("", str(fault)) from None


def table_of(body: str) -> dict[str, object]:
    """Read the JSON object of a body; TariffFault for what is none, or says a key twice."""
    try:
        table = json.loads(body, object_pairs_hook=_once, parse_constant=_refuse)
        json.dumps(table, ensure_ascii=False).encode()
    except json.JSONDecodeError as fault:
        raise TariffFault(
            "", f"is not JSON: line {fault.lineno}, column {fault.colno}: {fault.msg}"
        ) from None
    except UnicodeEncodeError:
        raise TariffFault("", "has half of a character, which no text can keep") from None
    except RecursionError:
        raise TariffFault("", "nests too deeply") from None
    except TariffFault:
        raise
    except ValueError:  # Python reads no whole number of some thousand digits
        raise TariffFault("", "has a number with more digits than any can have") from None
    if not isinstance(table, dict):
        raise TariffFault("", "must be a JSON object")
    return table


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; ``Any`` because JSON tells its types only when it is read."""
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise TariffFault(twice, "is there twice, and only one of the two would count")
    return made


def _refuse(word: str) -> None:
    raise TariffFault("", f"{word} is not JSON, though some programs write it")
