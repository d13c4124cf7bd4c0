"""What was decided when a meter was made. The meters of a group share one of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.simulators.meters.tariff_times import TariffTimes

PERIODS_MIN: Final = frozenset({1, 5, 10, 15, 30, 60})
"""Minutes of a period of demand and load profile: each makes a whole hour."""

USUAL_TIMES: Final = TariffTimes()


@dataclass(frozen=True, slots=True)
class Build:
    """What was decided when the meter was made. Many meters share one of these."""

    period_min: int = 15
    rows_max: int = 960
    voltage_dv: int = 2200
    times: TariffTimes = USUAL_TIMES
    #: Milliseconds that it takes over a token that came by wire (DLMS, class 115).
    token_ms: int = 0

    def __post_init__(self) -> None:
        """Refuse a period that makes no whole hour, and a voltage that is none."""
        if self.period_min not in PERIODS_MIN:
            raise ValueError(f"a period has {', '.join(map(str, sorted(PERIODS_MIN)))} minutes")
        if not 0 < self.voltage_dv < 10_000:  # noqa: PLR2004 - the register has four digits
            raise ValueError("a voltage is 1 to 9999 tenths of a volt")


BUILD: Final = Build()
