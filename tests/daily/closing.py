"""The end of a day and of the story: days are closed, and the books are looked through from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.daily.counter import SAFE
from tests.daily.pages import saw

if TYPE_CHECKING:
    from datetime import date

    from tests.daily.office import Office

_CONFIG = ("--config", "powertill.toml")


def day(office: Office, over: date) -> None:
    """A business day that is over is closed at the machine, and the office sees its figures."""
    assert f"{over} is closed." in office.powertill("day", "close", *_CONFIG)
    saw(office.at("susan", f"/days/{over}"), "day-closed")
    assert office.posted() == []


def books(office: Office, over: date) -> None:
    """Whoever reads the books from outside finds them sound, and each sum where it belongs."""
    assert "the books are sound" in office.powertill("check", *_CONFIG)
    assert "the books are what was sealed" in office.powertill("ledger", "verify", *_CONFIG)
    office.powertill("ledger", "trial-balance", *_CONFIG, "--day", f"{over}")  # fails where sums are not zero
    saw(office.at("susan", f"/ledger?day={over}"), "trial-balance")
    account, balances = office.account, office.balances()
    energy = {code: wh for code, wh in balances.items() if code.startswith("E.")}
    # What was sold (270 and 150 kWh) is used, back again, or on the token of the meter that came.
    assert energy == {"E.SOLD": -420_000, "E.USED": 150_000, "E.VOID": 120_000, "E.ISSUED": 150_000}
    assert {code: minor for code, minor in balances.items() if code not in energy} == {
        SAFE: 42_040,
        "BANK:east": 3_025,
        f"AR:{account}:ARREARS": 2_925,
        f"AR:{account}:CONNECTION": 5_000,
        f"AR:{account}:METER": 500,
        "OPENING": -12_000,
        "FEE:CONNECTION": -5_000,
        "FEE:METER": -500,
        "FEE:CAPACITY": -12_000,
        "FEE:CANCELLATION": -1_000,
        "REV:household:ENERGY": -11_000,
        "REV:shop:ENERGY": -8_000,
        "LEVY:STREET_LIGHT": -1_900,
        "VAT": -2_090,
    }
    assert sum(energy.values()) == 0
    assert sum(balances.values()) == 0
    assert len(office.place.assert_sound().sales) == 10
