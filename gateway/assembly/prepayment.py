"""Joins prepayment: a door for each bank, with its profile, its verbs and its limits."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import schemas
from gateway.assembly.profile_file import read_profile_table
from gateway.core.payment import SaleTerms
from gateway.endpoints.bank_answer import AnswerWriter
from gateway.endpoints.bank_door import BankDoor, LinkLimits
from gateway.endpoints.bank_orders import BankOrders
from gateway.endpoints.bank_profile import BankProfile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from gateway.config import BankSettings, Config
    from gateway.ports import Poster, Pricing, Tally, TokenIssuer


#: Random bytes drawn at once; half of each is thrown away, which costs less than another system call.
_RANDOM_BLOCK = 1_024


class SetUpFault(ValueError):  # noqa: N818 - said to the operator as it is
    """A profile cannot be used, or the configuration does not fit it; the text says whose, and the cure."""


def load_profile(bank: BankSettings) -> BankProfile:
    """Read a bank's profile, one of ours or a file of the operator's; SetUpFault says what is wrong."""
    file = bank.profile_file
    tables: Mapping[str, object]
    try:
        tables = schemas.load(f"iso8583/{bank.profile}.json") if file is None else read_profile_table(file)
        return BankProfile.from_tables(tables)
    except ValueError as fault:  # ProfileFileFault, ProfileFault, the codec's TableFault: all name the place
        raise SetUpFault(
            f"bank.{bank.code}: profile {file or bank.profile}: {fault}; "
            "cure: correct the file, or name another in the configuration"
        ) from fault


def build_bank_door(  # noqa: PLR0913 - a fuse box joins many wires, all of them named
    config: Config,
    bank: BankSettings,
    *,
    poster: Poster,
    pricing: Pricing,
    issuer: TokenIssuer,
    tally: Tally,
    reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
    now: Callable[[], datetime],
    reached: Callable[[str], None],
) -> BankDoor:
    """Build the door of one bank.

    SetUpFault: its profile cannot be used, or a signed sign-on has no secret to check it with.
    """
    profile = load_profile(bank)
    if profile.sign_on_proof is not None and bank.sign_on_secret is None:
        raise SetUpFault(
            f"bank.{bank.code}: the profile {profile.name} signs its sign-on; set sign_on_secret_file"
        )
    orders = BankOrders(
        profile=profile,
        terms=sale_terms(config, bank, profile),
        advice_posts=profile.advice_posts if bank.advice_posts is None else bank.advice_posts,
        pricing=pricing,
        issuer=issuer,
        random_nibble=nibbles(secrets.token_bytes),
    )
    return BankDoor(
        bank=bank.code,
        profile=profile,
        orders=orders,
        writer=AnswerWriter(profile, config.utility.zone, config.utility.cut_over),
        poster=poster,
        tally=tally,
        clock=reactor,
        now=now,
        limits=link_limits(bank),
        acquirers=bank.acquirers,
        sign_on_secret=None if bank.sign_on_secret is None else bank.sign_on_secret.reveal(),
        reached=reached,
    )


def nibbles(random_bytes: Callable[[int], bytes]) -> Callable[[], int]:
    """Make the source of random nibbles: bytes are drawn a block at a time, a system call each."""
    drawn = bytearray()

    def nibble() -> int:
        if not drawn:
            drawn.extend(random_bytes(_RANDOM_BLOCK))
        return drawn.pop() & 0x0F

    return nibble


def sale_terms(config: Config, bank: BankSettings, profile: BankProfile) -> SaleTerms:
    """Join what the profile says and what the operator decided over it."""
    overridden = bank.token_in_answer
    return SaleTerms(
        bank=bank.code,
        currency=config.utility.currency,
        least_minor=bank.least.minor,
        most_minor=bank.most.minor,
        covered=bank.covered,
        token_in_answer=profile.token_in_answer if overridden is None else overridden,
        zone=config.utility.zone,
    )


def link_limits(bank: BankSettings) -> LinkLimits:
    """Take the limits of a bank's links."""
    return LinkLimits(
        in_flight_max=bank.in_flight_max,
        frame_deadline_s=bank.frame_deadline_s,
        idle_deadline_s=bank.idle_deadline_s,
        reply_deadline_s=bank.reply_deadline_s,
        links_max=bank.links_max,
    )
