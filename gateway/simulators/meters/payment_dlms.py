"""Prepayment of a virtual DLMS meter: account, credit, charge and token gateway (classes 111 to 113 and 115).

Amounts are hundredths where the house has a wallet, and Wh where it takes STS tokens; the account's
*currency* says which. Class 112 adds to the credit without a number: it counts each time that it is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.bits import is_digits
from gateway.codecs.dlms.datum import (
    ARRAY,
    BIT_STRING,
    ENUM,
    INT8,
    INT16,
    INT32,
    OCTET_STRING,
    STRUCTURE,
    UINT8,
    UINT16,
    UINT32,
    UTF8_STRING,
    VISIBLE_STRING,
    Datum,
    array,
    octets,
    structure,
)
from gateway.codecs.dlms.moment import write_moment
from gateway.codecs.dlms.services import Done, Target
from gateway.codecs.dlms.token import TokenForm
from gateway.simulators.meter_answer import Accepted, RejectedWhy
from gateway.simulators.meters.meter_clock import moment_of
from gateway.simulators.meters.purse import Counts, TokenPurse, Wallet
from gateway.simulators.meters.tariff_times import TARIFFS
from gateway.simulators.meters.things import (
    DENIED,
    NO_MOMENT,
    TYPE_UNMATCHED,
    UNDEFINED,
    Holder,
    Thing,
    fault,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.dlms.services import Result
    from gateway.simulators.meter_answer import Answer
    from gateway.simulators.meters.house import House

PREPAYMENT: Final = 2
NEW, ACTIVE, CLOSED = 1, 2, 3
IN_USE, CONSUMED = 3, 4
#: Units of the account's currency: consumption and money (IEC 62056-6-2, class 111).
CONSUMPTION, MONETARY = 1, 2
RECEIVED: Final = 8

_INT32_MAX: Final = 0x7FFF_FFFF
_EXECUTED: Final = 3
_FAILED: Final = {RejectedWhy.FORMAT: 4, RejectedWhy.WRONG_KEY: 5, RejectedWhy.UNSUPPORTED: 7}
_NOT_VALID: Final = 6
_TOKEN_DIGITS: Final = 20
_TOKEN_OCTETS: Final = 9
_CREDIT_NAME: Final = Target.of(112, "0-0:19.10.0.255", 1).name
_CHARGE_NAME: Final = Target.of(113, "0-0:19.20.0.255", 1).name
_ENERGY: Final = Target.of(3, "1-0:1.8.0.255", 2)
_PASSIVE: Final = "charge passive"


def _prepaid(value: Callable[[House, Wallet | TokenPurse], Datum]) -> Callable[[Holder], Result]:
    def read(holder: Holder) -> Result:
        purse = holder.house.purse
        return fault(UNDEFINED) if purse is None else value(holder.house, purse)

    return read


def _amount(value: int) -> Datum:
    return Datum(INT32, max(-_INT32_MAX, min(_INT32_MAX, value)))


def _available(purse: Wallet | TokenPurse) -> int:
    return purse.remaining if isinstance(purse, Wallet) else purse.sts.credit_wh


def _owed(purse: Wallet | TokenPurse) -> int:
    return purse.overdrawn if isinstance(purse, Wallet) else 0


def _currency(_: House, purse: Wallet | TokenPurse) -> Datum:
    """Name, scale and unit of all amounts."""
    name, scale, unit = "Wh", 0, CONSUMPTION
    if isinstance(purse, Wallet):
        is_money = purse.terms.counts is Counts.MONEY
        name, scale, unit = ("money", -2, MONETARY) if is_money else ("kWh", -2, CONSUMPTION)
    return structure(Datum(UTF8_STRING, name), Datum(INT8, scale), Datum(ENUM, unit))


def _status(_: House, purse: Wallet | TokenPurse) -> Datum:
    is_new = isinstance(purse, Wallet) and not purse.is_opened
    return structure(Datum(ENUM, PREPAYMENT), Datum(ENUM, NEW if is_new else ACTIVE))


def _activated(holder: Holder, _: Datum | None) -> Done:
    purse = holder.house.purse
    if isinstance(purse, Wallet):
        purse.is_opened = True
        holder.house.changes += 1
    return Done(0 if purse is not None else UNDEFINED)


ACCOUNT: Final = Thing(
    {
        2: _prepaid(_status),
        3: _prepaid(lambda _, __: Datum(UINT8, 0)),
        4: _prepaid(lambda _, purse: Datum(BIT_STRING, "1" if _available(purse) else "0")),
        5: _prepaid(lambda _, purse: _amount(_available(purse))),
        6: _prepaid(lambda _, purse: _amount(_owed(purse))),
        7: _prepaid(lambda _, __: _amount(0)),
        8: _prepaid(lambda _, purse: _amount(_owed(purse))),
        9: _prepaid(lambda _, __: array(octets(_CREDIT_NAME))),
        10: _prepaid(lambda _, __: array(octets(_CHARGE_NAME))),
        11: _prepaid(lambda _, __: array()),
        12: _prepaid(lambda _, __: array()),
        13: _prepaid(lambda _, __: octets(NO_MOMENT)),
        14: _prepaid(lambda _, __: octets(NO_MOMENT)),
        15: _prepaid(_currency),
        16: _prepaid(lambda _, __: _amount(0)),
        17: _prepaid(lambda _, __: _amount(0)),
        18: _prepaid(lambda _, __: Datum(UINT16, 0)),
        19: _prepaid(lambda _, __: _amount(0)),
    },
    act={1: _activated},
)


def _changed(*, is_added: bool) -> Callable[[Holder, Datum | None], Done]:
    """Add to the credit, or set it. The credit of an STS meter changes by tokens only."""

    def act(holder: Holder, parameter: Datum | None) -> Done:
        purse = holder.house.purse
        if not isinstance(purse, Wallet):
            return Done(UNDEFINED if purse is None else DENIED)
        if parameter is None or parameter.tag != INT32 or not isinstance(parameter.value, int):
            return Done(TYPE_UNMATCHED)
        balance = parameter.value + (purse.balance if is_added else 0)
        if balance > purse.terms.balance_max:
            return Done(DENIED)
        purse.balance = balance
        holder.house.credit_changed()
        return Done(0)

    return act


CREDIT: Final = Thing(
    {
        2: _prepaid(
            lambda _, purse: _amount(purse.balance if isinstance(purse, Wallet) else _available(purse))
        ),
        3: _prepaid(lambda _, __: Datum(ENUM, 0)),
        4: _prepaid(lambda _, __: Datum(UINT8, 1)),
        5: _prepaid(lambda _, __: _amount(0)),
        6: _prepaid(lambda _, purse: _amount(-purse.terms.overdraft_max if isinstance(purse, Wallet) else 0)),
        7: _prepaid(lambda _, __: Datum(BIT_STRING, "00000")),
        8: _prepaid(lambda _, purse: Datum(ENUM, IN_USE if _available(purse) else CONSUMED)),
        9: _prepaid(lambda _, __: _amount(0)),
        10: _prepaid(lambda _, __: _amount(0)),
        11: _prepaid(lambda _, __: octets(NO_MOMENT)),
    },
    act={1: _changed(is_added=True), 2: _changed(is_added=False)},
)


def _unit_charge(prices: tuple[int, ...]) -> Datum:
    """Ten-thousandths of the currency for 1000 Wh, by tariff."""
    scaling = structure(Datum(INT8, 3), Datum(INT8, -4))
    commodity = structure(Datum(UINT16, _ENERGY.class_id), octets(_ENERGY.name), Datum(INT8, _ENERGY.index))
    table = (
        structure(octets(bytes((place + 1,))), Datum(INT16, price)) for place, price in enumerate(prices)
    )
    return structure(scaling, commodity, array(*table))


def _prices(holder: Holder, *, is_passive: bool) -> Result:
    purse = holder.house.purse
    if not isinstance(purse, Wallet):
        return fault(UNDEFINED)
    raw = (holder.house.notes or {}).get(_PASSIVE) if is_passive else None
    if raw is None:
        return _unit_charge(purse.terms.prices)
    return _unit_charge(tuple(int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)))


def _charged(holder: Holder, parameter: Datum | None) -> Done:
    """Write the passive prices: an array of index and charge."""
    purse = holder.house.purse
    if not isinstance(purse, Wallet):
        return Done(UNDEFINED)
    rows = parameter.value if parameter is not None and parameter.tag == ARRAY else None
    prices = list(purse.terms.prices)
    if not isinstance(rows, tuple):
        return Done(TYPE_UNMATCHED)
    for row in rows:
        parts = row.value if row.tag == STRUCTURE and isinstance(row.value, tuple) else ()
        if [part.tag for part in parts] != [OCTET_STRING, INT16]:
            return Done(TYPE_UNMATCHED)
        index, price = parts[0].value, parts[1].value
        place = index[0] - 1 if isinstance(index, bytes) and len(index) == 1 else -1
        if not isinstance(price, int) or price < 1 or not 0 <= place < TARIFFS:
            return Done(TYPE_UNMATCHED)
        prices[place] = price
    passive = b"".join(price.to_bytes(2, "big") for price in prices)
    holder.house.notes = {**(holder.house.notes or {}), _PASSIVE: passive}
    holder.house.changes += 1
    return Done(0)


def _activate_charge(holder: Holder, _: Datum | None) -> Done:
    purse, raw = holder.house.purse, (holder.house.notes or {}).get(_PASSIVE)
    if not isinstance(purse, Wallet):
        return Done(UNDEFINED)
    if raw is not None:
        prices = tuple(int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2))
        purse.set_prices(prices)
        holder.house.credit_changed()
    return Done(0)


CHARGE: Final = Thing(
    {
        2: _prepaid(lambda _, __: _amount(0)),
        3: _prepaid(lambda _, __: Datum(ENUM, 0)),
        4: _prepaid(lambda _, __: Datum(UINT8, 1)),
        5: lambda holder: _prices(holder, is_passive=False),
        6: lambda holder: _prices(holder, is_passive=True),
        7: _prepaid(lambda _, __: octets(NO_MOMENT)),
        8: _prepaid(lambda _, __: Datum(UINT32, 0)),
        9: _prepaid(lambda _, __: Datum(BIT_STRING, "00")),
        10: _prepaid(lambda _, __: octets(NO_MOMENT)),
        11: _prepaid(lambda _, __: _amount(0)),
        12: _prepaid(lambda _, __: _amount(0)),
        13: _prepaid(lambda _, __: Datum(UINT16, 0)),
    },
    act={1: _charged, 2: _activate_charge},
)


def _tokens(value: Callable[[Holder], Datum]) -> Callable[[Holder], Result]:
    """What only a meter that takes tokens has."""
    return lambda holder: value(holder) if isinstance(holder.house.purse, TokenPurse) else fault(UNDEFINED)


def _entered(holder: Holder, parameter: Datum | None) -> Done:
    if not isinstance(holder.house.purse, TokenPurse):
        return Done(UNDEFINED)
    raw = parameter.value if parameter is not None and parameter.tag == OCTET_STRING else None
    if not isinstance(raw, bytes):
        return Done(TYPE_UNMATCHED)
    digits = _digits(raw, TokenForm(holder.words.token_form))
    house = holder.house
    house.token_code = 4 if digits is None else _code(house.enter(digits))
    house.token_at = house.shown
    house.changes += 1
    return Done(0)


def _digits(raw: bytes, form: TokenForm) -> str | None:
    if form is TokenForm.PACKED:
        number = f"{int.from_bytes(raw, 'big'):020d}"
        return number if len(raw) == _TOKEN_OCTETS and len(number) == _TOKEN_DIGITS else None
    text = raw.decode("latin-1")
    return text if is_digits(text, _TOKEN_DIGITS) else None


def _code(answer: Answer) -> int:
    return _EXECUTED if isinstance(answer, Accepted) else _FAILED.get(answer.why, _NOT_VALID)


def _token_status(holder: Holder) -> Datum:
    """The code of the last token; where the meter is slow it is *received, not yet processed* for a while."""
    house = holder.house
    is_done = house.shown >= house.token_at + house.build.token_ms
    return structure(Datum(ENUM, house.token_code if is_done else RECEIVED), Datum(BIT_STRING, ""))


def _token_time(holder: Holder) -> Datum:
    house = holder.house
    if not house.token_at:
        return octets(NO_MOMENT)
    moment = moment_of(house.token_at).replace(tzinfo=house.clock.zone)
    return octets(write_moment(moment, with_deviation=holder.words.moments_with_deviation))


#: Attribute 2, the token itself, is read by nobody: whoever has it has the credit.
TOKEN_GATEWAY: Final = Thing(
    {
        3: _tokens(_token_time),
        4: _tokens(lambda _: array(Datum(VISIBLE_STRING, "STS"))),
        5: _tokens(lambda _: Datum(ENUM, 0)),
        6: _tokens(_token_status),
    },
    act={1: _entered},
)
