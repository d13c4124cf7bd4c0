"""Tariff versions for tests: v1, v2 … of the domestic power type, so many days from noon."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import schemas
from gateway.core.books import Books
from gateway.core.tariff_life import BodyTerms, PricedType, TariffDraft, TariffVersion
from tests.builders import NOON

DAY = timedelta(days=1)
STANDARD = BodyTerms("CNY", "Asia/Shanghai")
DOMESTIC = schemas.load("tariff/domestic.json")
BODY = json.dumps(DOMESTIC)


def body(**changes: Any) -> str:
    """The demo town's domestic tariff, changed."""
    return json.dumps({**DOMESTIC, **changes})


def draft(version: str = "v2", days: float = 10, **changes: Any) -> TariffVersion:
    usual = TariffDraft("domestic", version, NOON + days * DAY, BODY, "li", NOON - 40 * DAY)
    return TariffVersion.of(replace(usual, **changes))


def approved(version: str = "v1", days: float = -30, **changes: Any) -> TariffVersion:
    return draft(version, days, **changes).approved("zhang", NOON - 35 * DAY)


class MemoryStore:
    """Versions on a list, and the commands about them on books alone."""

    def __init__(self, *versions: TariffVersion, has_meters: bool = True):
        self.versions = list(versions)
        self._has_meters = has_meters
        self.told = ""

    def post(self, command, now=NOON):
        books = Books()
        for power_type in command.needs().office.priced:
            mine = tuple(one for one in self.versions if one.power_type == power_type)
            books.office.priced[power_type] = PricedType(mine, self._has_meters)
        decision = command.decide(books, now)
        assert not decision.remembered
        self.told = decision.told
        for version in () if decision.office is None else decision.office.versions:
            self.versions = [one for one in self.versions if one.version != version.version] + [version]
        return decision.content
