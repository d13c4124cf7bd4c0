"""Steps in the lives of tariffs and keys on real books, as somebody at the machine takes them."""

from __future__ import annotations

from gateway.core.diary import Actor
from gateway.office.step_orders import ordered
from gateway.prepayment.keep_keys import NameGroup
from tests.builders import NOON, posting_batch


def post(engine, command, now=lambda: NOON, actor=None):
    """Post a step, a batch for each; what went wrong is raised."""
    batch = posting_batch(engine, now)
    (content,) = batch.run([ordered(actor or Actor(command.by), command)])
    batch.close()
    if isinstance(content, Exception):
        raise content
    return content


def name_group(engine, group):
    return post(engine, NameGroup("anna", group, zone_may_change=True))
