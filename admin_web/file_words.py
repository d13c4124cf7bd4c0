"""What a meter's parts and states are called on the pages of the office's files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.cells import Code, Link, State, Tone
from admin_web.words import msg
from gateway.core.meter import Carrier, MeterState
from gateway.core.meter_number import MeterNumber, MeterNumberFault
from gateway.core.sale import SaleState
from gateway.core.token_order import ManagementKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.views_sales import SoldSale

METER_STATES: Final[Mapping[MeterState, State]] = {
    MeterState.ACTIVE: State(msg("in use"), Tone.GOOD),
    MeterState.BLOCKED: State(msg("blocked"), Tone.BAD),
    MeterState.REMOVED: State(msg("taken out"), Tone.QUIET),
}

CARRIERS: Final[Mapping[Carrier, str]] = {
    Carrier.TOKEN: msg("Token"),
    Carrier.CARD: msg("Card"),
    Carrier.REMOTE: msg("Over a line"),
}

SALE_STATES: Final[Mapping[SaleState, State]] = {
    SaleState.BEGIN: State(msg("begun"), Tone.WAITING),
    SaleState.WAITING: State(msg("the credit waits"), Tone.WAITING),
    SaleState.ISSUED: State(msg("the token is out"), Tone.GOOD),
    SaleState.REVERSED: State(msg("given back"), Tone.QUIET),
    SaleState.CLAIMED: State(msg("in dispute"), Tone.BAD),
    SaleState.CONCEDED: State(msg("written off"), Tone.QUIET),
}

MANAGEMENT_KINDS: Final[Mapping[ManagementKind, str]] = {
    ManagementKind.POWER_LIMIT: msg("Set the power limit"),
    ManagementKind.CLEAR_CREDIT: msg("Clear the credit"),
    ManagementKind.TARIFF_RATE: msg("Set the tariff rate"),
    ManagementKind.CLEAR_TAMPER: msg("Clear the tamper state"),
    ManagementKind.PHASE_UNBALANCE: msg("Set the phase unbalance limit"),
    ManagementKind.WATER_FACTOR: msg("Set the water meter factor"),
    ManagementKind.EXTENDED: msg("Extended token"),
}

KEY_SAID: Final = msg("group %(sgc)s, revision %(krn)s, tariff index %(ti)s, base date %(base_date)s")

EA_NAMES: Final[Mapping[str, str]] = {"07": "EA07 (STA)", "11": "EA11 (MISTY1)"}


#: The credit of a meter that takes no token went out on a card, or over a line.
_OUT_WITHOUT_TOKEN: Final = State(msg("the credit is out"), Tone.GOOD)


def sale_state(sale: SoldSale) -> State:
    """Say where a sale stands; what went out is a token only where there is one."""
    is_without = sale.state is SaleState.ISSUED and not sale.is_token_out
    return _OUT_WITHOUT_TOKEN if is_without else SALE_STATES[sale.state]


def customer_path(account_no: str) -> str:
    """Name the page of a customer; a number may have any sign in it."""
    return f"/customers/{quote(account_no, safe='')}"


def meter_number(pan: str) -> Code:
    """Give a meter's number as the pages show it: that on its face; the long one where it has none."""
    try:
        return Code(MeterNumber.parse(pan).drn)
    except MeterNumberFault:
        return Code(pan)


def meter_cell(pan: str) -> Link:
    """Name a meter, with its page."""
    return Link(meter_number(pan), f"/meters/{pan}")
