"""What a token says, in words for a person and in fields for a program.

The parts of a new key that a key change carries are shown in neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.sts_section_words import PLACES, section_fields, section_lines
from gateway.codecs.sts.amount import UNITS_OF_CURRENCY
from gateway.codecs.sts.block import CURRENCY_SUBCLASSES
from gateway.codecs.sts.content import (
    CLEAR_CREDIT,
    CLEAR_TAMPER,
    EXTENDED,
    PHASE_UNBALANCE,
    POWER_LIMIT,
    TARIFF_RATE,
    WATER_FACTOR,
    CreditInCurrency,
    CreditInUnits,
    Management,
    MeterTest,
    OtherTest,
)
from gateway.codecs.sts.extended import Flag, extended_of
from gateway.codecs.sts.key_section import KeySection
from gateway.core.energy import WH_PER_TENTH, Energy

if TYPE_CHECKING:
    from gateway.codecs.sts.block import StsBlock
    from gateway.codecs.sts.content import Content

#: What a tenth of a credit in units is, by subclass (IEC 62055-41, 6.2.2).
_UNITS: Final = {0: "kWh", 1: "m3 of water", 2: "m3 of gas", 3: "minutes"}
WHAT: Final = ("electricity", "water", "gas", "time")

KINDS: Final = {
    "power-limit": POWER_LIMIT,
    "clear-credit": CLEAR_CREDIT,
    "tariff-rate": TARIFF_RATE,
    "clear-tamper": CLEAR_TAMPER,
    "phase-unbalance": PHASE_UNBALANCE,
    "water-factor": WATER_FACTOR,
    "extended": EXTENDED,
}
"""Management tokens by name."""

REGISTERS: Final = {
    **{what: at for at, what in enumerate(WHAT)},
    **{f"{what}-currency": at for at, what in enumerate(WHAT, start=4)},
    "all": 0xFFFF,
}
"""What a token that clears credit clears (6.2.3)."""


@dataclass(frozen=True, slots=True)
class Told:
    """An opened token; ``base_date`` turns its id into a minute, where there is one."""

    content: Content
    block: StsBlock
    base_date: int | None

    @property
    def kind(self) -> str:
        """The kind of token, in one word."""
        match self.content:
            case CreditInUnits():
                return f"credit-{WHAT[self.content.subclass]}"
            case CreditInCurrency():
                return f"currency-{WHAT[self.content.subclass - CURRENCY_SUBCLASSES.start]}"
            case Management():
                return next(name for name, subclass in KINDS.items() if subclass == self.content.subclass)
            case MeterTest():
                return "test"
            case OtherTest():
                return "other-test"
            case _:
                return f"key-change-{PLACES[type(self.content)]}"

    def plain(self) -> dict[str, object]:
        """The fields for a program; ``kwh`` is null where the token carries no electricity."""
        block = self.block
        head: dict[str, object] = {"class": block.token_class, "subclass": block.subclass, "kind": self.kind}
        if isinstance(self.content, CreditInUnits | CreditInCurrency | Management):
            head |= {"rnd": block.rnd, "tid": block.tid, "at": self._at, "field16": f"{block.field16:04x}"}
        # The check sum of a section would tell sixteen bits of the part of the key that is not shown.
        crc = None if isinstance(self.content, KeySection) else f"{block.crc:04x}"
        return {**head, "kwh": None, **_fields(self.content), "crc": crc}

    def lines(self) -> list[str]:
        """The fields for a person."""
        block = self.block
        lines = [f"Class       {block.token_class}, subclass {block.subclass}", *_sentences(self.content)]
        if isinstance(self.content, CreditInUnits | CreditInCurrency | Management):
            lines.append(f"Token id    {block.tid} ({self._at}, base date {self.base_date})")
        if isinstance(self.content, CreditInUnits | Management):
            lines.append(f"Random      {block.rnd}")
        return lines

    @property
    def _at(self) -> str | None:
        """The civil minute that the token's id stands for."""
        if self.base_date is None:
            return None
        begins = datetime(self.base_date, 1, 1)  # noqa: DTZ001 - civil time of the supply group, without a zone by definition
        return f"{begins + timedelta(minutes=self.block.tid):%Y-%m-%d %H:%M}"


def money_text(units: int) -> str:
    """Write hundred-thousandths of a currency without zeros at the end."""
    whole, rest = divmod(abs(units), UNITS_OF_CURRENCY)
    sign = "-" if units < 0 else ""
    return f"{sign}{whole}.{rest:05d}".rstrip("0").rstrip(".")


def _fields(content: Content) -> dict[str, object]:
    """Return the fields that only this kind of token has."""
    match content:
        case CreditInUnits():
            return {"amount" if content.subclass else "kwh": _tenths_text(content.tenths)}
        case CreditInCurrency():
            return {"amount": money_text(content.units), "s_and_e": content.body >> 40}
        case Management():
            return _managed_fields(content)
        case MeterTest():
            places = 4 if content.subclass else 2
            return {"control": _control(content), "mfr": f"{content.manufacturer:0{places}d}"}
        case OtherTest():
            return {"bits": f"{content.bits:011x}"}
        case _:
            return section_fields(content)


def _managed_fields(content: Management) -> dict[str, object]:
    if content.subclass != EXTENDED:
        return {"value": content.value}
    said = extended_of(content.value)
    if isinstance(said, Flag):
        return {"flag": said.index, "value": int(said.is_set)}
    return {"register": said.index, "value": said.value}


def _sentences(content: Content) -> list[str]:
    """Return what only this kind of token says, a line for each field."""
    match content:
        case CreditInUnits():
            return [f"Credit      {_tenths_text(content.tenths)} {_UNITS[content.subclass]}"]
        case CreditInCurrency():
            what = WHAT[content.subclass - CURRENCY_SUBCLASSES.start]
            return [f"Credit      {money_text(content.units)} of the currency, for {what}"]
        case Management():
            return [_managed(content)]
        case MeterTest():
            return _tested(content)
        case OtherTest(subclass=2):
            return [f"Test        extended read, {content.bits:011x} (its meaning was not verified)"]
        case OtherTest():
            return [f"Test        {content.bits:011x} (of a subclass whose meaning is not known here)"]
        case _:
            return [f"Key change  {PLACES[type(content)]} section of the set", *section_lines(content)]


def _managed(content: Management) -> str:
    """Say what a management token sets."""
    value = content.value
    if content.subclass == CLEAR_CREDIT:
        names = [name for name, register in REGISTERS.items() if register == value]
        return f"Clears      {names[0] if names else f'register {value}'}"
    if content.subclass == EXTENDED:
        said = extended_of(value)
        if isinstance(said, Flag):
            return f"Flag        {said.index} is set to {int(said.is_set)}"
        return f"Register    {said.index} is set to {said.value}"
    return {
        POWER_LIMIT: f"Power limit {value} W",
        TARIFF_RATE: f"Tariff rate {value} (16 bits as they are)",
        CLEAR_TAMPER: "Clears      the tamper condition" + (f" (padding {value:04x})" if value else ""),
        PHASE_UNBALANCE: f"Unbalance   {value} W between phases at the most",
        WATER_FACTOR: f"Factor      {value} (16 bits as they are)",
    }[content.subclass]


def _tested(content: MeterTest) -> list[str]:
    """Say which tests begin."""
    bits = 28 if content.subclass else 36
    numbers = [str(bit) for bit in range(bits) if content.control >> bit & 1]
    which = "everything" if len(numbers) == bits else f"bits {', '.join(numbers) or 'none'}"
    maker = content.manufacturer or "any"
    return [f"Test        {which} (control {_control(content)})", f"Maker       {maker}"]


def _tenths_text(tenths: int) -> str:
    return Energy(tenths * WH_PER_TENTH).kwh_text()


def _control(content: MeterTest) -> str:
    """Write the control bits as hex digits: 9 of them, or 7 in the form with four maker's digits."""
    return f"{content.control:0{7 if content.subclass else 9}x}"
