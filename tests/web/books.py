"""Books with a week's sales of a small town, for pages that show them."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from adapters.db.poster import QueuedPoster, run_here
from adapters.db.registry import Registry
from gateway.assembly.town import enter_town
from gateway.core.calendar import Calendar
from gateway.core.closed_day import Closed
from gateway.core.meter import Carrier, MeterState
from gateway.prepayment.close_day import CloseDay
from gateway.simulators.town import demo_town
from tests import builders


class Paid:
    """The town and its poster; ``now`` may be moved."""

    def __init__(self, folder, size: int = 40):
        self.engine = builders.database(folder / "office.db", meters=[])
        self.now = builders.NOON
        self.town = demo_town(size)
        enter_town(Registry(self.engine), self.town)
        self.poster = QueuedPoster(builders.posting_batch(self.engine, lambda: self.now), run_here)

    def sell(self, days: int = 3, a_day: int = 12):
        """Sell on so many days up to noon of the builders' day; every seventh sale is taken back."""
        till = builders.Till()
        buyers = self.buyers()
        till.terms = builders.terms()
        for number in range(days * a_day):
            self.now = builders.NOON - timedelta(
                days=days - 1 - number // a_day, minutes=a_day - number % a_day
            )
            buyer = buyers[number % len(buyers)]
            self._post(till.pay(f"r{number}", 2_000 + 1_234 * (number % 9), pan=buyer.pan))
        return self

    def buyers(self):
        """Those to whom a token can be sold."""
        return [m for m in self.town.meters if m.state is MeterState.ACTIVE and m.carrier is Carrier.TOKEN]

    def close(self, day):
        """Close a business day that is over."""
        closing: Any = self.poster.post(CloseDay(day, Calendar(builders.ZONE, time(0, 0))))
        assert isinstance(closing.result, Closed)
        return self

    def _post(self, command):
        deciding: Any = self.poster.post(command)
        assert deciding.called
        deciding.addErrback(pytest.fail)
