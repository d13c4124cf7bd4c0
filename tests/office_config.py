"""As much of a configuration as the office's pages need, for whoever builds them without a file."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from gateway.config.invoices import FONT
from gateway.core.inspection import USUAL_LIMITS
from gateway.core.money import Money
from gateway.core.reading_rules import DAY_WH_MAX
from gateway.core.relay_hours import RelayHours
from gateway.secret import Secret
from tests.builders import ZONE


def office_config() -> Any:
    """What the whole configuration says."""
    return SimpleNamespace(
        utility=SimpleNamespace(zone=ZONE, currency="CNY", name="Riverside Power", cut_over=time(0)),
        banks=(),
        notify=None,
        counter=SimpleNamespace(least=Money(100, "CNY"), most=Money(500_000, "CNY"), undo_s=60),
        invoices=SimpleNamespace(font=Path(FONT), text=""),
        readings=SimpleNamespace(day_wh_max=DAY_WH_MAX, limits=USUAL_LIMITS),
        prorates=False,
        refund_price="paid",
        relay_hours=RelayHours(),
    )


def office_settings(secret: bytes, origin: str = "http://127.0.0.1:8080") -> Any:
    """What it says of the pages."""
    return SimpleNamespace(
        secret=Secret(secret), authenticators="nobody", links_max=64, behind_proxy=False, origin=origin
    )
