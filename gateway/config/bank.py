"""The ``[[bank]]`` tables of the configuration: who may knock, in which dialect, and how much he may ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from gateway.config.listen import listen_of
from gateway.core.money import Money, MoneyFault
from gateway.secret import Secret, SecretFileFault, read_secret

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.reader import Section

BANK_KEYS: Final = (
    "code", "name", "profile", "listen", "acquirers", "covered", "least", "most",
    "token_in_answer", "advice_posts", "sign_on_secret_file",
    "in_flight_max", "frame_deadline_s", "idle_deadline_s", "reply_deadline_s", "links_max",
)  # fmt: skip

BANKS_MAX: Final = 64
"""Each bank has a door and graphs of its own; a country has fewer banks than this."""

ACQUIRERS_MAX: Final = 64
"""Institutions behind one link: a switch that carries more has a profile of its own."""

_CODE: Final = re.compile(r"[a-z0-9-]{1,16}")
_ACQUIRER: Final = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True, slots=True)
class BankSettings:
    """One bank as the operator set it up.

    ``profile`` is the name of a table that comes with Powertill or the path of a JSON file (``profile_file``
    then holds it). ``token_in_answer`` and ``advice_posts`` are None where the profile decides. An empty
    ``acquirers`` allows any. Times are seconds, ``least`` and ``most`` bound one payment.
    """

    code: str
    name: str
    profile: str
    profile_file: Path | None
    listen: str
    acquirers: frozenset[str]
    covered: bool
    least: Money
    most: Money
    token_in_answer: bool | None
    advice_posts: bool | None
    sign_on_secret: Secret | None
    in_flight_max: int
    frame_deadline_s: int
    idle_deadline_s: int
    reply_deadline_s: int
    links_max: int


def read_bank(section: Section, currency: str) -> BankSettings:
    """Read one ``[[bank]]`` table; ConfigFault names the bank by its code as soon as that is known."""
    code = section.text("code", like=_CODE, must="1 to 16 of a-z, 0-9 and -")
    section.label = f"bank.{code}"
    least, most = _amounts(section, currency)
    profile, profile_file = _profile(section)
    is_signed = section.has("sign_on_secret_file")
    return BankSettings(
        code=code,
        name=section.text("name", code),
        profile=profile,
        profile_file=profile_file,
        listen=listen_of(section),
        acquirers=_acquirers(section),
        covered=section.flag("covered", default=False),
        least=least,
        most=most,
        token_in_answer=_override(section, "token_in_answer"),
        advice_posts=_override(section, "advice_posts"),
        sign_on_secret=secret_of(section, "sign_on_secret_file") if is_signed else None,
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


def secret_of(section: Section, key: str) -> Secret:
    """Read the secret that a key's file holds; ConfigFault with the cure, never with the content."""
    try:
        return read_secret(section.file(key))
    except SecretFileFault as fault:
        raise section.fault(key, fault.what, fault.cure) from None


def _amounts(section: Section, currency: str) -> tuple[Money, Money]:
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
