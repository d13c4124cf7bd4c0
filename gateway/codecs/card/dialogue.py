"""A conversation with one card, sans-I/O: ``step`` is what it wants, ``answer`` goes on, ``outcome`` ends it.

    dialogue = write_card(profile, atr, loading)
    while dialogue.step is not None:
        dialogue.answer(whatever dialogue.step wants)
    match dialogue.outcome: Written | Refused | Unknown

Reading: open → identity, wallet, what the meter returned. Writing reads first, so that it is known what is
there; then the profile's plan, the wallet last; then all of it is read back and compared byte for byte.

What can go wrong before the first command that changes the card is a refusal: nothing has happened. From
that command on anything that goes wrong is ``Unknown``, a bad status and a wrong read-back included: a torn
command looks like any other, and the card may or may not have taken it. The same loading is written again
then, by the same order with the same number, until it is read back: the meter takes each number once.

``AboutToWrite`` comes before that command, and before the first question for a seal or a card's code: whoever
has the keys answers these for a purchase that has begun, and for no other.

Where the card is pulled out, and what a meter then makes of it:

    clear      void     write    write
    returned   wallet   params   wallet
    half                                  what was there before still is: nothing new
    done       half                       the old number or a smaller one: nothing new
    done       done     half              number 0: nothing
    done       done     done     half     the last byte of the number is missing: nothing
    done       done     done     done     the new purchase, once

The count is voided first where an old one could be taken for the new: another customer's card, another amount
under the same number, and where more than its last byte changes: half of 255 and half of 256 are 511, which
looks like fraud. Its bytes are written from the highest on, behind those of the amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bits import unfilled
from gateway.codecs.card.cpu import CpuLine
from gateway.codecs.card.fault import PeerFault, ValueFault
from gateway.codecs.card.memory import MemoryLine
from gateway.codecs.card.picture import Loading, Opened, Picture, Returned, Wallet
from gateway.codecs.card.profile import Kind, Told
from gateway.codecs.card.steps import (
    WRITES,
    AboutToWrite,
    Ask,
    Break,
    Lost,
    Read,
    Refused,
    Shown,
    Transmit,
    Unknown,
    Written,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.card.contents import Value
    from gateway.codecs.card.layout import CardFile
    from gateway.codecs.card.profile import Profile
    from gateway.codecs.card.steps import Answer, Outcome, Step, Talk


class Dialogue:
    """A conversation under way. Exactly one of ``step`` and ``outcome`` is there."""

    __slots__ = (
        "_held", "_is_begun", "_loading", "_talk", "deadline_s", "is_writing", "outcome", "step",
    )  # fmt: skip

    def __init__(self, talk: Talk[Outcome], deadline_s: int, loading: Loading | None = None) -> None:
        self._talk = talk
        self._loading = loading
        self._held: Step | None = None
        self._is_begun = False
        self.deadline_s = deadline_s
        #: From here on what goes wrong leaves the card in doubt.
        self.is_writing = False
        self.step: Step | None = None
        self.outcome: Outcome | None = None
        self._go_on(None)

    def answer(self, answer: Answer) -> Step | None:
        """Take the answer to ``step``; gives the next one, None once there is an outcome."""
        if self.step is None:
            raise ValueError("this dialogue has ended")
        if isinstance(self.step, AboutToWrite):
            self._begin_writing(answer)
        elif isinstance(self.step, Transmit | Ask) or not isinstance(answer, Lost):
            self._go_on(answer)
        else:
            self._break(Break(answer.told, answer.detail))
        return self.step

    def _begin_writing(self, answer: Answer) -> None:
        if isinstance(answer, Lost):
            self._break(Break(answer.told, answer.detail))
            return
        self._is_begun = True
        self._put(self._held)

    def _go_on(self, answer: Answer | None) -> None:
        try:
            self._put(next(self._talk) if answer is None else self._talk.send(answer))
        except StopIteration as end:
            self.step, self.outcome = None, end.value
        except Break as broken:
            self._break(broken)

    def _put(self, step: Step | None) -> None:
        """Want this next; what changes the card, or lets it be changed, is held until all know of it."""
        is_update = isinstance(step, Transmit) and step.is_update
        if (is_update or (isinstance(step, Ask) and step.purpose in WRITES)) and not self._is_begun:
            assert self._loading is not None, "who only reads changes nothing"  # noqa: S101 - of our own code
            self._held, self.step = step, AboutToWrite(self._loading)
            return
        self._held, self.step = None, step
        self.is_writing = self.is_writing or is_update

    def _break(self, broken: Break) -> None:
        self._talk.close()
        ended = Unknown if self.is_writing else Refused
        self.step, self.outcome = None, ended(broken.told, broken.detail)


def read_card(profile: Profile, atr: bytes) -> Dialogue:
    """Read a card that answers so: serial, key version, tries, identity, wallet, what the meter returned."""
    return Dialogue(_reading(_line(profile, atr)), profile.deadlines.session_s)


def write_card(profile: Profile, atr: bytes, loading: Loading) -> Dialogue:
    """Write a purchase on its card, or find that it is there already."""
    talk = _writing(_line(profile, atr), loading)
    return Dialogue(talk, profile.deadlines.session_s, loading)


def _line(profile: Profile, atr: bytes) -> CpuLine | MemoryLine:
    return CpuLine(profile, atr) if profile.kind is Kind.CPU else MemoryLine(profile, atr)


def _reading(line: CpuLine | MemoryLine) -> Talk[Outcome]:
    if not line.profile.matches(line.atr):
        raise Break(Told.OTHER_CARD, "answer to reset")
    opened = yield from line.open()
    return Read((yield from _picture(line, opened)))


def _writing(line: CpuLine | MemoryLine, loading: Loading) -> Talk[Outcome]:
    profile = line.profile
    try:
        records = loading.records(profile)
    except ValueFault as fault:
        raise Break(Told.UNFIT, str(fault)) from None
    if not profile.matches(line.atr):
        raise Break(Told.OTHER_CARD, "answer to reset")
    opened = yield from line.open()
    before = yield from _picture(line, opened)
    yield Shown(before)
    if before.serial != loading.serial:
        raise Break(Told.OTHER_CARD, "serial")
    if all(_same(profile.file(name), before.raw.get(name), raw) for name, raw in records.items()):
        return Written(before, was_there=True)
    written: dict[str, bytes] = {}
    for do, file in profile.plan:
        if do == "clear":
            written[file.name] = yield from line.write(file, bytes(file.size))
        elif do == "write":
            written[file.name] = yield from line.write(file, records[file.name])
        elif isinstance(line, CpuLine) and _must_be_voided(before, loading):
            count = file.field("count")
            yield from line.write_part(file, count.at, bytes(count.size), "void")
    return Written((yield from _read_back(line, opened, written)))


def _read_back(line: CpuLine | MemoryLine, opened: Opened, written: Mapping[str, bytes]) -> Talk[Picture]:
    """Read again what was written, and compare it byte for byte."""
    after = yield from _picture(line, opened)
    for file in line.profile.verify:
        if after.raw.get(file.name) != written[file.name]:
            raise Break(Told.MISMATCH, f"read back {file.name}")
    return after


def _must_be_voided(before: Picture, loading: Loading) -> bool:
    """Could half of this be taken for something? Not where the count changes in its last byte, or stays."""
    wallet, identity = before.wallet, before.identity
    if wallet is None or wallet.count == 0:
        return False
    is_same = identity is not None and (
        unfilled(str(identity["meter_no"])) == unfilled(loading.meter_no)
        and unfilled(str(identity["customer_no"])) == unfilled(loading.customer_no)
    )
    follows = wallet.count == loading.count - 1 and wallet.count >> 8 == loading.count >> 8
    return not (is_same and (follows or wallet == Wallet(loading.amount, loading.count)))


def _picture(line: CpuLine | MemoryLine, opened: Opened) -> Talk[Picture]:
    profile = line.profile
    raws: dict[str, bytes] = {}
    read: dict[str, Mapping[str, Value]] = {}
    garbled: list[str] = []
    for file in dict.fromkeys((profile.identity, profile.wallet, profile.returned)):
        try:
            raws[file.name] = raw = yield from line.read(file)
            if not file.is_empty(raw):
                _refuse_other_kind(file, raw)
                read[file.name] = file.read(raw)
        except PeerFault:
            garbled.append(file.name)
    wallet, returned = read.get(profile.wallet.name), read.get(profile.returned.name)
    return Picture(
        profile=profile.name,
        opened=opened,
        identity=read.get(profile.identity.name),
        wallet=None if wallet is None else Wallet(_whole(wallet["amount"]), _whole(wallet["count"])),
        returned=None
        if returned is None
        else Returned(
            str(returned["meter_no"]),
            str(returned["customer_no"]),
            _whole(returned["remaining"]),
            _whole(returned["count"]),
            returned,
        ),
        garbled=tuple(garbled),
        raw=raws,
    )


def _refuse_other_kind(file: CardFile, raw: bytes) -> None:
    """A frame with another command is of a card for another purpose: keys, presets, relay tests."""
    other = None if file.frame is None else file.frame.other(raw)
    if other is not None:
        raise Break(Told.OTHER_CARD, f"{file.name} is of kind {other:02X}")


def _same(file: CardFile, there: bytes | None, wanted: bytes) -> bool:
    """Is this on the card already? The sequence of a slot says only how often it was written."""
    if there is None or file.is_empty(there):
        return False
    if len(file.places) > 1:
        field = file.field("sequence")
        there = there[: field.at] + wanted[field.at : field.end] + there[field.end :]
    return there == wanted


def _whole(value: Value) -> int:
    assert isinstance(value, int), "the profile's roles are numbers here"  # noqa: S101 - the profile says so
    return value
