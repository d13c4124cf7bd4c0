"""People of the office, entered as somebody at the machine would."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from argon2 import PasswordHasher

from gateway.core.authority import Function, Grant, worth
from gateway.core.diary import Action, Actor, DiaryLine, DiaryOutcome
from gateway.core.hidden import Hidden
from gateway.core.office import NotDone
from gateway.core.office_answer import Changed
from gateway.office.authorised import Act, Authorised
from gateway.office.manage_roles import KeepBranch, KeepRole
from gateway.office.manage_staff import EnterOperator, GiveRoles, SetPassword
from gateway.office.standard_roles import EVERYTHING

#: Cheap to compare, so that a test does not take the time that a guesser shall.
HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
ALL = EVERYTHING


@dataclass(frozen=True)
class AsHerself:
    """What ``OwnAccount`` makes of an order, without a session: it is carried out, and has its line."""

    command: Any

    def __getattr__(self, name):
        return getattr(self.command, name)

    def decide(self, books, now):
        decision = self.command.decide(books, now)
        actor = Actor(self.command.by, "set-up")
        line = DiaryLine(actor, "own_account", Action.CHANGE, actor.login, DiaryOutcome.DONE, decision.told)
        return replace(decision, diary=(line,)) if decision.office else decision


class People:
    """Enters people on the one road; ``batch`` posts."""

    def __init__(self, batch):
        self.batch = batch
        self._count = 0

    def give(self, command):
        """Post an order of somebody at the machine."""
        act = Act(Function.OPERATORS, "test", "{}", command.key, reason="set-up")
        (content,) = self.batch.run([Authorised(Actor(command.by.removeprefix("local:")), act, command)])
        if isinstance(content, Exception):
            raise content
        assert not isinstance(content, NotDone), content.sentence
        return content

    def nonce(self):
        self._count += 1
        return f"n{self._count}"

    def branch(self, code, name=None):
        self.give(KeepBranch("local:root", self.nonce(), code, name or code.title(), is_new=True))

    def role(self, code, grants):
        # As the matrix would: what there is not is granted as what it is worth.
        there = {one: Grant(worth(one, grant.level), grant.limit_minor) for one, grant in grants.items()}
        self.give(KeepRole("local:root", self.nonce(), code, 0, code.title(), there))

    def enter(self, login, password, grants=None, *, branch=None, must_change=False, name=None):
        """Somebody with a role of her own; by default she may do all."""
        role = f"role-{login.replace('.', '-')}"
        self.role(role, ALL if grants is None else grants)
        self.give(EnterOperator("local:root", self.nonce(), login, name or login.title(), branch))
        self.give(GiveRoles("local:root", self.nonce(), login, 1, (role,)))
        hashed = Hidden(HASHER.hash(password))
        if must_change:
            self.give(SetPassword("local:root", self.nonce(), login, 2, hashed))
        else:
            self.of_herself(SetPassword(login, self.nonce(), login, 2, hashed))

    def of_herself(self, command):
        """Post what somebody does with her own account, as if she were signed in."""
        (content,) = self.batch.run([AsHerself(command)])
        assert isinstance(content, Changed), content
