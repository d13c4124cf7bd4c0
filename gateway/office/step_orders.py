"""The steps of a tariff's, a timetable's and a key's life as a person's orders: which right each takes.

    draft a version, load a key, name a group, withdraw what nobody has approved     DO
    approve, and withdraw what is approved                                           APPROVE

The second person stands in the lives themselves: who drafted or loaded is refused when he approves, whatever
his rights (``core.tariff_rules``, ``core.key_rules``, ``multi_tariff.publish_timetable``). So no such order
waits as a request.
"""

from __future__ import annotations

from typing import assert_never

from gateway.core.authority import Function, Level
from gateway.core.diary import Action, Actor
from gateway.multi_tariff.publish_tariff import ApproveTariff, DraftTariff, WithdrawTariff
from gateway.multi_tariff.publish_timetable import (
    ApproveTimetable,
    DraftTimetable,
    WithdrawTimetable,
)
from gateway.office.authorised import Act, Authorised
from gateway.prepayment.keep_keys import ApproveKey, LoadKey, NameGroup, WithdrawKey

TariffCommand = DraftTariff | ApproveTariff | WithdrawTariff
TimetableCommand = DraftTimetable | ApproveTimetable | WithdrawTimetable
KeyCommand = LoadKey | ApproveKey | WithdrawKey | NameGroup


def ordered(actor: Actor, command: TariffCommand | TimetableCommand | KeyCommand) -> Authorised:
    """Give the step its author, who is the one that the command names: ValueError where he is not."""
    if isinstance(command, DraftTimetable | ApproveTimetable | WithdrawTimetable):
        return Authorised(actor, _timetable_act(command), command)
    if command.by != actor.login:
        raise ValueError("a step is taken by whoever takes it, in his own name")
    return Authorised(actor, _act(command), command)


def _act(command: TariffCommand | KeyCommand) -> Act:
    match command:
        case DraftTariff():
            return _tariff_act(command, Level.DO, Action.ORDER)
        case ApproveTariff():
            return _tariff_act(command, Level.APPROVE, Action.APPROVE)
        case WithdrawTariff(reason=reason):
            level = Level.DO if command.only_draft else Level.APPROVE
            return _tariff_act(command, level, Action.WITHDRAW, reason)
        case LoadKey():
            return _key_act(command.revision.place, Level.DO, Action.ORDER)
        case ApproveKey():
            return _key_act(command.place, Level.APPROVE, Action.APPROVE)
        case WithdrawKey(reason=reason):
            level = Level.DO if command.only_pending else Level.APPROVE
            return _key_act(command.place, level, Action.WITHDRAW, reason)
        case NameGroup():
            return _life_act(Function.KEYS, command.sgc, Level.DO, Action.CHANGE)
        case _:
            assert_never(command)


def _timetable_act(command: TimetableCommand) -> Act:
    match command:
        case DraftTimetable(code=code):
            return _life_act(Function.TIMETABLES, code, Level.DO, Action.ORDER, command.reason)
        case ApproveTimetable(reference=reference):
            return _life_act(Function.TIMETABLES, reference, Level.APPROVE, Action.APPROVE)
        case WithdrawTimetable(reference=reference, reason=reason):
            level = Level.DO if command.only_draft else Level.APPROVE
            return _life_act(Function.TIMETABLES, reference, level, Action.WITHDRAW, reason)
        case _:
            assert_never(command)


def _tariff_act(command: TariffCommand, level: Level, action: Action, reason: str = "") -> Act:
    subject = f"{command.power_type}, version {command.version}"
    return _life_act(Function.TARIFFS, subject, level, action, reason)


def _key_act(place: tuple[str, int], level: Level, action: Action, reason: str = "") -> Act:
    sgc, krn = place
    return _life_act(Function.KEYS, f"{sgc}, revision {krn}", level, action, reason)


def _life_act(function: Function, subject: str, level: Level, action: Action, reason: str = "") -> Act:
    """Why is asked by the life itself, where it wants a reason, and refused with the field's name."""
    return Act(
        function=function,
        kind="",
        order="",
        subject=subject,
        reason=reason,
        needs_reason=False,
        level=level,
        action=action,
    )
