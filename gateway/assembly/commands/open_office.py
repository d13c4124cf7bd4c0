"""Posts what the office orders about meters, with the vending keys wherever they are."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from twisted.python.failure import Failure

from adapters.db.posting_batch import LedgerBroken
from adapters.keys.no_core import forbid_cores
from gateway.assembly.commands.open_books import open_batch, open_views
from gateway.assembly.commands.reactor_run import waited_for
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault
from gateway.assembly.issuing import build_issuing
from gateway.assembly.key_watch import read_ring
from gateway.assembly.prepayment import SetUpFault
from gateway.core.outcome import TokensWanted
from gateway.core.token import IssuerRefusal
from gateway.ports import LedgerBusy, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.db.posting_batch import PostingBatch
    from gateway.assembly.issuing import Issuing
    from gateway.config import Config
    from gateway.core.books import Command
    from gateway.core.outcome import Content
    from gateway.ports import TokenIssuer

#: How often the keys are asked for before one order; a key change and a token may each need it once.
_PREPARED_MAX: Final = 3


def posted_with_keys(config: Config, make: Callable[[TokenIssuer], Command]) -> Content:
    """Post a command that may need tokens; CommandFault in words where the ledger or the keys refuse."""
    # What the ledger logs of a database that is busy, with its traceback, is said below in one sentence.
    logging.getLogger("powertill.ledger").addHandler(logging.NullHandler())
    forbid_cores()
    with open_views(config) as views:
        ring = read_ring(views, [(key.sgc, key.krn) for key in config.vending_keys])
    with open_batch(config) as batch:

        async def work(reactor: Any) -> Content:  # noqa: ANN401 - Twisted's reactor is several interfaces at once
            issuing = build_issuing(config, lambda: ring, reactor)
            issuing.start()
            try:
                return await _posted(batch, issuing, make(issuing.issuer))
            finally:
                await issuing.stop()

        outcome = waited_for(work)
    if isinstance(outcome, Failure):
        raise _as_fault(outcome)
    return outcome


async def _posted(batch: PostingBatch, issuing: Issuing, command: Command) -> Content:
    for _ in range(_PREPARED_MAX + 1):
        (content,) = batch.run([command])
        if isinstance(content, Exception):
            raise content
        if not isinstance(content, TokensWanted):
            return content
        await issuing.issuer.prepare(content.orders)
    raise AssertionError("the issuer does not keep what it has prepared")


def _as_fault(failure: Failure) -> BaseException:
    fault = failure.value
    if isinstance(fault, LedgerBroken):
        return CommandFault(f"the database cannot be written: {fault}", NO_SUCCESS)
    if isinstance(fault, LedgerBusy | OutcomeUnknown):
        return CommandFault(f"{fault}; cure: run the same command again", NO_SUCCESS)
    if isinstance(fault, IssuerRefusal):
        return CommandFault(f"no token can be made: {fault.why.value}; nothing was changed", NO_SUCCESS)
    if isinstance(fault, SetUpFault):
        return CommandFault(str(fault))
    assert fault is not None  # noqa: S101 - a failure has one
    return fault
