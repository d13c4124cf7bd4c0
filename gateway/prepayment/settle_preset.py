"""The first purchase of a meter that came with energy: it pays for that as well.

    energy   what was bought, as it is priced; the token carries it without what the meter had already
             Dr E.UNSOLD, Cr E.SOLD for that, beside the token's own
    money    Dr PRESET_ISSUED, Cr AR:<account>:PRESET: what was put on his account at the installation

Where the purchase is taken back, the preset energy is owed as before, and the next purchase pays for it.

Refusal: below_minimum, where what is bought is not more than the meter came with.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gateway.core import chart
from gateway.core.outcome import Declined
from gateway.core.pricing import PricedLine, with_preset
from gateway.core.refusal import Refusal

if TYPE_CHECKING:
    from gateway.core.preset import Preset
    from gateway.core.pricing import Priced

#: The code of the lines.
PRESET: Final = "PRESET"

_WH_PER_KWH: Final = 1_000


def settled(priced: Priced, preset: Preset, account_no: str) -> Priced | Declined:
    """Have a purchase pay for the preset energy."""
    if priced.energy_wh <= preset.wh:
        kwh = f"{preset.wh / _WH_PER_KWH:g}"
        return Declined(Refusal.BELOW_MINIMUM, f"the first purchase pays for {kwh} kWh in the meter, too")
    beside = (
        *priced.beside,
        PricedLine(PRESET, -preset.minor, chart.PRESET_ISSUED),
        PricedLine(PRESET, preset.minor, chart.owed(account_no, chart.PRESET_OWED)),
    )
    told = with_preset(priced.explanation, beside, preset)
    return replace(priced, beside=beside, preset_wh=preset.wh, explanation=told)
