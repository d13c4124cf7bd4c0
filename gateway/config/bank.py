"""The ``[[bank]]`` tables of the configuration: who may knock, in which dialect, and how much he may ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from gateway.config.bank_doors import doors_of, soap_secret_of
from gateway.config.secret_file import secret_of
from gateway.core.money import Money, MoneyFault
from gateway.core.payment import COUNTERS

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.reader import Section
    from gateway.secret import Secret

BANK_KEYS: Final = (
    "code", "name", "profile", "listen", "soap_listen", "soap_secret_file",
    "acquirers", "covered", "least", "most",
    "token_in_answer", "advice_posts", "sign_on_secret_file", "cut_over",
    "in_flight_max", "frame_deadline_s", "idle_deadline_s", "reply_deadline_s", "links_max",
)  # fmt: skip

BANKS_MAX: Final = 64
"""Each bank has a door and graphs of its own; a country has fewer banks than this."""

ACQUIRERS_MAX: Final = 64
"""Institutions behind one link: a switch that carries more has a profile of its own."""

_CLOCK_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_CODE: Final = re.compile(r"[a-z0-9-]{1,16}")
_ACQUIRER: Final = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True, slots=True)
class BankSettings:
    """One bank as the operator set it up.

    ``profile`` is the name of a table that comes with Powertill or the path of a JSON file (``profile_file``
    then holds it). ``listen`` is the ISO 8583 door, ``soap_listen`` the SOAP door; None where there is none.
    ``token_in_answer`` and ``advice_posts`` are None where the profile decides. An empty ``acquirers`` allows
    any; ``cut_over`` is None where the utility's counts. Times are seconds, ``least`` and ``most`` bound one
    payment.
    """

    code: str
    name: str
    profile: str
    profile_file: Path | None
    listen: str | None
    soap_listen: str | None
    soap_secret: Secret | None
    acquirers: frozenset[str]
    covered: bool
    least: Money
    most: Money
    token_in_answer: bool | None
    advice_posts: bool | None
    sign_on_secret: Secret | None
    cut_over: time | None
    in_flight_max: int
    frame_deadline_s: int
    idle_deadline_s: int
    reply_deadline_s: int
    links_max: int


def read_bank(section: Section, currency: str) -> BankSettings:
    """Read one ``[[bank]]`` table; ConfigFault names the bank by its code as soon as that is known."""
    code = section.text("code", like=_CODE, must="1 to 16 of a-z, 0-9 and -")
    section.label = f"bank.{code}"
    if code == COUNTERS:
        raise section.fault("code", "is what tariffs call the utility's own counters", "choose another code")
    least, most = amounts_of(section, currency)
    profile, profile_file = _profile(section)
    listen, soap_listen = doors_of(section)
    is_signed = section.has("sign_on_secret_file")
    return BankSettings(
        code=code,
        name=section.text("name", code),
        profile=profile,
        profile_file=profile_file,
        listen=listen,
        soap_listen=soap_listen,
        soap_secret=soap_secret_of(section, soap_listen),
        acquirers=_acquirers(section),
        covered=section.flag("covered", default=False),
        least=least,
        most=most,
        token_in_answer=_override(section, "token_in_answer"),
        advice_posts=_override(section, "advice_posts"),
        sign_on_secret=secret_of(section, "sign_on_secret_file") if is_signed else None,
        cut_over=cut_over_of(section) if section.has("cut_over") else None,
        # A bank that has more open questions than this has stopped listening to answers.
        in_flight_max=section.whole("in_flight_max", 64, least=1, most=1_000),
        # A frame is at most 4 KiB: a second is plenty, and a minute invites slow senders to hold links.
        frame_deadline_s=section.whole("frame_deadline_s", 10, least=1, most=60),
        # Banks echo every minute or so; beyond an hour a dead peer would be taken for a quiet one.
        idle_deadline_s=section.whole("idle_deadline_s", 300, least=10, most=3_600),
        # Banks give up after 30 to 60 s; an answer after that reaches nobody.
        reply_deadline_s=section.whole("reply_deadline_s", 20, least=1, most=60),
        # Each link is an open file; a server has some thousands of them for all banks together.
        links_max=section.whole("links_max", 64, least=1, most=1_024),
    )


def cut_over_of(section: Section, default: str | None = None) -> time:
    """Read when a business day ends and the next begins, in the utility's zone."""
    must = 'a time such as "00:00" or "22:30"'
    return time.fromisoformat(section.text("cut_over", default, like=_CLOCK_TIME, must=must))


def amounts_of(section: Section, currency: str) -> tuple[Money, Money]:
    """Read what bounds one payment, ``least`` and ``most``."""
    least = _amount(section, "least", "1", currency)
    most = _amount(section, "most", "5000", currency)
    if least > most:
        raise section.fault("most", f"{most} is below least, {least}", "raise most or lower least")
    return least, most


def _amount(section: Section, key: str, default: str, currency: str) -> Money:
    must = f'an amount of {currency} above 0 in quotes, such as "{default}"'
    try:
        amount = Money.parse(section.text(key, default, must=must), currency)
    except MoneyFault as fault:
        raise section.fault(key, str(fault), f"write {must}") from None
    # ISO 8583 field 4 has twelve digits: nobody can ask for more.
    if not 0 < amount.minor < 10**12:
        raise section.fault(key, f"{amount} must be above 0 and below 10^12 minor units", f"write {must}")
    return amount


def _profile(section: Section) -> tuple[str, Path | None]:
    """Give a profile's name, and its file where it is the operator's own."""
    if section.text("profile", "default").endswith(".json"):
        file = section.file("profile")
        if not file.is_file():
            raise section.fault("profile", f"{file} is not there", "name a profile, or the JSON file of one")
        return section.text("profile"), file
    tables = [table.name for table in (files("schemas") / "iso8583").iterdir()]
    known = tuple(sorted(name.removesuffix(".json") for name in tables if name.endswith(".json")))
    return section.one_of("profile", "default", known), None


def _acquirers(section: Section) -> frozenset[str]:
    must = "1 to 11 digits in quotes"
    return frozenset(section.words("acquirers", like=_ACQUIRER, must=must, most=ACQUIRERS_MAX))


def _override(section: Section, key: str) -> bool | None:
    return section.flag(key, default=None) if section.has(key) else None
