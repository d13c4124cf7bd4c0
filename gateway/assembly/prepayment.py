"""Joins prepayment: the doors of each bank, with its profile, its verbs and its limits."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import schemas
from gateway.assembly.profile_file import read_profile_table
from gateway.core.payment import SaleTerms
from gateway.endpoints.bank_answer import AnswerWriter
from gateway.endpoints.bank_door import BankDoor, LinkLimits
from gateway.endpoints.bank_iso8583 import BankLinkFactory
from gateway.endpoints.bank_orders import BankOrders
from gateway.endpoints.bank_posting import BankPosting
from gateway.endpoints.bank_profile import BankProfile
from gateway.endpoints.bank_soap import CollectionSite
from gateway.endpoints.health import Check, Standing
from gateway.endpoints.iso8583_orders import MessageOrders
from gateway.endpoints.soap_contract import CollectionContract
from gateway.endpoints.soap_conversation import SoapDoor
from gateway.endpoints.soap_orders import DIGEST_FIELDS, KEY_FIELDS
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, time

    from gateway.config import BankSettings, Config
    from gateway.endpoints.bank_posting import PromisingPoster
    from gateway.ports import Pricing, Tally, TokenIssuer

log = logging.getLogger("powertill.gateway")

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


@dataclass(frozen=True, slots=True)
class Wires:
    """What the doors of every bank are joined to. ``reached`` is told the names of the crash points."""

    poster: PromisingPoster
    pricing: Pricing
    issuer: TokenIssuer
    tally: Tally
    reactor: Any  # Twisted's reactor is several interfaces at once
    now: Callable[[], datetime]
    reached: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Entrance:
    """A door that is ready to be opened: its ``kind``, where it listens, what listens, and how it stands."""

    kind: str
    listen: str
    factory: BankLinkFactory | CollectionSite
    look: Callable[[], Check]


class BankEntrances:
    """Builds the doors of one bank after the other; the SOAP contract is made once, when it is wanted."""

    def __init__(self, config: Config, wires: Wires) -> None:
        self._config = config
        self._wires = wires
        self._contract: CollectionContract | None = None

    def of(self, bank: BankSettings) -> list[Entrance]:
        """Build the doors of one bank, which share its verbs, so that either knows what the other has sold.

        SetUpFault: its profile cannot be used, or a signed sign-on has no secret to check it with.
        """
        profile = load_profile(bank)
        orders = BankOrders(
            terms=sale_terms(self._config, bank, profile),
            advice_posts=profile.advice_posts if bank.advice_posts is None else bank.advice_posts,
            pricing=self._wires.pricing,
            issuer=self._wires.issuer,
            random_nibble=nibbles(secrets.token_bytes),
        )
        wires = self._wires
        posting = BankPosting(
            bank.code, wires.poster, wires.tally, wires.issuer, wires.reactor, wires.reached
        )
        doors = []
        if bank.listen is not None:
            doors.append(self._iso8583(bank, bank.listen, profile, orders, posting))
        if bank.soap_listen is not None:
            doors.append(self._soap(bank, bank.soap_listen, orders, posting))
        if len(doors) > 1 and not _is_known_at_both(profile):
            event(log, "bank.doors_differ", level=logging.WARNING, bank=bank.code, profile=profile.name)
        return doors

    def _iso8583(
        self, bank: BankSettings, listen: str, profile: BankProfile, orders: BankOrders, posting: BankPosting
    ) -> Entrance:
        if profile.sign_on_proof is not None and bank.sign_on_secret is None:
            raise SetUpFault(
                f"bank.{bank.code}: the profile {profile.name} signs its sign-on; set sign_on_secret_file"
            )
        door = BankDoor(
            bank=bank.code,
            profile=profile,
            orders=MessageOrders(profile, orders),
            writer=AnswerWriter(profile, self._config.utility.zone, self._cut_over(bank)),
            posting=posting,
            tally=self._wires.tally,
            clock=self._wires.reactor,
            now=self._wires.now,
            limits=link_limits(bank),
            acquirers=bank.acquirers,
            sign_on_secret=None if bank.sign_on_secret is None else bank.sign_on_secret.reveal(),
            reached=self._wires.reached,
        )
        factory = BankLinkFactory(door)

        def look() -> Check:
            links = len(factory.links)
            says = f"{links} links" if links else "the bank is not connected"
            return Check(f"bank.{bank.code}", Standing.OK if links else Standing.DEGRADED, says)

        return Entrance("iso8583", listen, factory, look)

    def _soap(self, bank: BankSettings, listen: str, orders: BankOrders, posting: BankPosting) -> Entrance:
        self._contract = self._contract or CollectionContract()
        door = SoapDoor(
            bank=bank.code,
            contract=self._contract,
            orders=orders,
            posting=posting,
            tally=self._wires.tally,
            clock=self._wires.reactor,
            now=self._wires.now,
            limits=link_limits(bank),
            cut_over=self._cut_over(bank),
            password=None if bank.soap_secret is None else bank.soap_secret.reveal(),
        )
        site = CollectionSite(door)

        def look() -> Check:
            # A connection lasts for one request, so none is nothing to worry about.
            return Check(f"bank.{bank.code}.soap", Standing.OK, f"{site.in_flight} requests in work")

        return Entrance("soap", listen, site, look)

    def _cut_over(self, bank: BankSettings) -> time:
        return bank.cut_over or self._config.utility.cut_over


def _is_known_at_both(profile: BankProfile) -> bool:
    """Say whether the profile names payments, and what must not change of them, as the SOAP door does."""
    return profile.key_fields[0] == KEY_FIELDS and profile.digest_fields == DIGEST_FIELDS


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
