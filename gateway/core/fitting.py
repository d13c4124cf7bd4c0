"""How a meter is fitted at a supply point: seals, transformers before it, what its registers said.

What stands here is what an inspector compares with the meter on the wall. Registers are watt-hours of the
meter itself, before any multiplier.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from gateway.core.person import is_said
from gateway.core.stock import NOTE_MAX

#: Seals of one meter: cover, terminals, box.
SEALS_MAX: Final = 6

#: A seal's number, as it is pressed.
SEAL: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z/-]{0,19}")

#: Registers that are read: the total, and one for each rate of the day (IEC 62056-61: 1.8.0 to 1.8.8).
TOTAL: Final = "total"
REGISTERS: Final = (TOTAL, *(f"rate_{n}" for n in range(1, 9)))

#: A register of a meter of 8 digits, in Wh.
REGISTER_WH_MAX: Final = 99_999_999_999

#: The largest currents (A) and voltages (V) of transformers before a meter: a substation's.
PRIMARY_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Ratio:
    """A current or voltage transformer: ``primary`` to ``secondary``; 1 to 1 is none."""

    primary: int = 1
    secondary: int = 1

    def __post_init__(self) -> None:
        """Refuse a ratio that no transformer has."""
        if not 0 < self.secondary <= self.primary <= PRIMARY_MAX:
            raise ValueError(f"a transformer's ratio is at least 1, with {PRIMARY_MAX} at most before it")


#: No transformer: the meter sees what the customer takes.
DIRECT: Final = Ratio()


@dataclass(frozen=True, slots=True)
class Fitting:
    """A meter at a supply point, from ``fitted_on`` (a day, ISO) to ``removed_on`` ("": it is there).

    ``registers`` and ``final_registers`` are (register, Wh) as they were read when it came and went. ``note``
    is what the installer has to say. Raises ValueError for what cannot be.
    """

    pan: str
    point: str
    fitted_on: str
    registers: tuple[tuple[str, int], ...]
    seals: tuple[str, ...] = ()
    current: Ratio = DIRECT
    voltage: Ratio = DIRECT
    note: str = ""
    removed_on: str = ""
    final_registers: tuple[tuple[str, int], ...] = ()
    version: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if len(self.seals) > SEALS_MAX or len(set(self.seals)) < len(self.seals):
            raise ValueError(f"a meter has {SEALS_MAX} seals at most, each with a number of its own")
        if self.note and not is_said(self.note, NOTE_MAX):
            raise ValueError(f"a note has {NOTE_MAX} characters at most, and all can be printed")
        for seal in self.seals:
            if not SEAL.fullmatch(seal):
                raise ValueError(f"{seal!r} is no seal: it has up to 20 letters, digits, '/' and '-'")
        check_registers(self.registers)
        if TOTAL not in dict(self.registers):
            raise ValueError(f"the register {TOTAL} is read whenever a meter is fitted")
        check_registers(self.final_registers)

    @property
    def multiplier(self) -> Fraction:
        """By what the registers are multiplied, for the energy that the customer took."""
        return multiplied_by(self.current, self.voltage)


def multiplied_by(current: Ratio, voltage: Ratio) -> Fraction:
    """Say by what the transformers before a meter multiply what it sees.

    >>> multiplied_by(Ratio(100, 5), DIRECT)
    Fraction(20, 1)
    """
    return Fraction(current.primary * voltage.primary, current.secondary * voltage.secondary)


def check_registers(registers: tuple[tuple[str, int], ...]) -> None:
    """Refuse (ValueError) registers that no meter shows: unknown, named twice, or beyond their digits."""
    names = [name for name, _ in registers]
    if not set(names) <= set(REGISTERS) or len(set(names)) < len(names):
        raise ValueError(f"the registers are {', '.join(REGISTERS)}, each of them once")
    for name, wh in registers:
        if not 0 <= wh <= REGISTER_WH_MAX:
            raise ValueError(f"the register {name} is 0 to {REGISTER_WH_MAX} Wh, not {wh}")
