"""The words on a virtual meter's display: what a token did, and what a meter test shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.sts.amount import UNITS_OF_CURRENCY
from gateway.codecs.sts.content import (
    CLEAR_CREDIT,
    CLEAR_TAMPER,
    EXTENDED,
    PHASE_UNBALANCE,
    POWER_LIMIT,
    TARIFF_RATE,
    Management,
    MeterTest,
)
from gateway.codecs.sts.extended import Flag, extended_of
from gateway.core.energy import Energy
from gateway.core.token_order import CreditKind
from gateway.simulators.meter_answer import Accepted, Added, Displayed, KeyChanged, SectionKept

if TYPE_CHECKING:
    from gateway.codecs.sts.content import OtherTest
    from gateway.simulators.meter import VirtualMeter
    from gateway.simulators.meter_answer import Answer
    from gateway.simulators.meter_memory import MeterKind

_UNITS: Final = {
    CreditKind.ELECTRICITY: "kWh",
    CreditKind.WATER: "m3 of water",
    CreditKind.GAS: "m3 of gas",
    CreditKind.TIME: "minutes",
}
_CONTROL_BITS: Final = {0: 36, 1: 28}


def answer_text(answer: Answer, kind: MeterKind) -> str:
    """Say what the meter made of a token; neither the token nor a key is in it."""
    if not isinstance(answer, Accepted):
        return answer.why.value
    match answer.done:
        case None:
            return f"{Energy(answer.energy_wh).kwh_text()} kWh"
        case Added(amount=amount):
            return credit_text(amount, kind)
        case Displayed(lines=lines):
            return "; ".join(lines)
        case SectionKept(missing=missing, is_anew=is_anew):
            rest = "1 more token" if missing == 1 else f"{missing} more tokens"
            anew = ", begun anew: what was typed before was of another one" if is_anew else ""
            return f"key change: {rest} to type{anew}"
        case KeyChanged() as changed:
            return _changed_text(changed)
        case Management() as managed:
            return _managed_text(managed)


def credit_text(credit: int, kind: MeterKind) -> str:
    """Write what is in the register with its unit."""
    if not kind.counts_currency:
        return f"{Energy(credit).kwh_text()} {_UNITS[kind.service]}"
    whole, rest = divmod(abs(credit), UNITS_OF_CURRENCY)
    number = f"{whole}.{rest:05d}".rstrip("0").rstrip(".")
    return f"{'-' if credit < 0 else ''}{number} of the currency, for {kind.service.name.lower()}"


def test_lines(content: MeterTest | OtherTest, meter: VirtualMeter) -> tuple[str, ...]:
    """Return what the meter shows: everything it may show where all is asked for, else which tests run.

    What each single bit asks for was not verified, so no line claims to be the answer to one of them.
    """
    if not isinstance(content, MeterTest):
        return (f"test of the kind {content.subclass}",)
    bits = _CONTROL_BITS[content.subclass]
    if content.control == (1 << bits) - 1:
        return _everything(meter)
    numbers = [str(bit) for bit in range(bits) if content.control >> bit & 1]
    return (f"test {', '.join(numbers) or 'of nothing'}",)


def _everything(meter: VirtualMeter) -> tuple[str, ...]:
    memory, identity = meter.memory, meter.identity
    limit = "none" if memory.power_limit_w is None else f"{memory.power_limit_w} W"
    return (
        f"credit {credit_text(meter.credit, meter.kind)}",
        f"relay {'closed' if meter.is_on else 'open'}",
        f"power limit {limit}",
        f"tamper {'yes' if memory.is_tampered else 'no'}",
        f"SGC {identity.sgc}",
        f"KRN {identity.krn}",
        f"TI {identity.ti}",
        f"KEN {meter.ken}",
    )


def _changed_text(changed: KeyChanged) -> str:
    new = changed.identity
    forgot = "; the tokens taken so far are forgotten" if changed.forgets_ids else ""
    return f"key changed: SGC {new.sgc}, KRN {new.krn}, TI {new.ti}, KEN {changed.ken}{forgot}"


def _managed_text(managed: Management) -> str:
    value = managed.value
    if managed.subclass == EXTENDED:
        said = extended_of(value)
        if isinstance(said, Flag):
            return f"flag {said.index} is {'set' if said.is_set else 'cleared'}"
        return f"register {said.index} is {said.value}"
    texts = {
        POWER_LIMIT: f"power limit {value} W",
        CLEAR_CREDIT: "credit cleared",
        TARIFF_RATE: f"tariff rate {value}",
        CLEAR_TAMPER: "tamper cleared",
        PHASE_UNBALANCE: f"phase unbalance limit {value} W",
    }
    return texts.get(managed.subclass, f"water meter factor {value}")
