"""What people sign in with: passwords that are dear to compare, codes that are found by their step."""

import asyncio
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from adapters.people.authenticators import Authenticators
from adapters.people.passwords import WAITING_MAX, Passwords
from gateway.core.hidden import NOTHING_HIDDEN, Hidden
from gateway.ports import TooManyAtOnce

#: RFC 6238, appendix B: the secret of its vectors for SHA-1, in the letters of RFC 4648.
RFC_SECRET = Hidden("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
#: The same place: moment and the last six of the eight digits.
RFC_CODES = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
]

#: The first code in digits that a Chinese keyboard types.
WIDE = "\uff12\uff18\uff17\uff10\uff18\uff12"


async def here(function, *arguments):
    return function(*arguments)


def run(awaitable):
    return asyncio.run(awaitable)


@pytest.fixture(scope="module")
def passwords():
    return Passwords(here, memory_kib=64)


@pytest.fixture
def authenticators():
    return Authenticators(bytes(32), "Riverside Power")


def test_a_password_fits_its_own_hash_and_no_other(passwords):
    kept = run(passwords.hashed("correct horse"))
    assert run(passwords.fits(kept, "correct horse"))
    assert not run(passwords.fits(kept, "correct hors"))
    assert run(passwords.hashed("correct horse")) != kept


def test_a_password_fits_whichever_keyboard_types_it(passwords):
    kept = run(passwords.hashed("caf\u00e9 \uff12\uff10\uff12\uff16"))
    assert run(passwords.fits(kept, "cafe\u0301 2026"))


def test_a_hash_is_argon2id_with_what_the_standard_asks_for():
    found = run(Passwords(here).hashed("x")).reveal()
    assert found.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.parametrize("kept", ["", "not a hash", "$argon2id$v=19$m=64,t=1,p=1$xx$yy"])
def test_what_is_no_hash_fits_nothing(passwords, kept):
    assert not run(passwords.fits(Hidden(kept), "x"))


def test_who_is_unknown_is_compared_with_somebody_and_never_fits(passwords):
    assert not run(passwords.fits(NOTHING_HIDDEN, "somebody who is not there"))


def test_a_flood_is_sent_away_before_it_takes_the_memory():
    async def flood():
        gate = asyncio.Event()

        async def held(_function, *_arguments):
            await gate.wait()
            return False

        flooded = Passwords(held, memory_kib=64)
        waiting = [asyncio.create_task(flooded.fits(Hidden("x"), "y")) for _ in range(WAITING_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyAtOnce, match="try again in a minute"):
            await flooded.fits(Hidden("x"), "y")
        gate.set()
        await asyncio.gather(*waiting)
        assert not await flooded.fits(Hidden("x"), "y")

    run(flood())


@pytest.mark.parametrize(("second", "code"), RFC_CODES)
def test_the_codes_of_the_standard_are_found_by_their_step(authenticators, second, code):
    now = datetime.fromtimestamp(second, UTC)
    assert authenticators.step_of(RFC_SECRET, code, now) == second // 30
    assert authenticators.step_of(RFC_SECRET, f"{code[:3]} {code[3:]}", now) == second // 30


def test_a_clock_may_be_wrong_by_one_step_and_no_more(authenticators):
    second, code = RFC_CODES[1]
    now = datetime.fromtimestamp(second, UTC)
    for steps, found in ((-1, True), (1, True), (-2, False), (2, False)):
        step = authenticators.step_of(RFC_SECRET, code, now + timedelta(seconds=30 * steps))
        assert (step == second // 30) is found


@pytest.mark.parametrize("code", ["", "28708", "2870822", "28708a", WIDE, "-87082"])
def test_what_is_no_code_fits_no_step(authenticators, code):
    assert authenticators.step_of(RFC_SECRET, code, datetime.fromtimestamp(59, UTC)) is None


def test_a_sealed_secret_opens_for_its_own_login_and_key_only(authenticators):
    secret = authenticators.drawn()
    sealed = authenticators.sealed("ann", secret)
    assert authenticators.opened("ann", sealed) == secret
    assert authenticators.opened("ben", sealed) is None
    assert Authenticators(bytes(31) + b"x", "Riverside Power").opened("ann", sealed) is None
    for broken in ("", "no base64 ä", sealed.reveal()[:-4], sealed.reveal()[4:]):
        assert authenticators.opened("ann", Hidden(broken)) is None


def test_a_code_is_asked_of_the_sealed_secret(authenticators):
    secret, now = authenticators.drawn(), datetime(2026, 11, 25, 12, tzinfo=UTC)
    sealed = authenticators.sealed("ann", secret)
    code = pyotp.TOTP(secret.reveal()).at(now)
    opened = authenticators.opened("ann", sealed)
    assert authenticators.step_of(opened, code, now) == int(now.timestamp()) // 30


def test_the_telephone_is_told_whose_authenticator_it_is(authenticators):
    address = authenticators.address("ann", RFC_SECRET).reveal()
    assert address.startswith("otpauth://totp/Riverside%20Power:ann?secret=GEZDGNBV")


def test_nothing_hidden_is_shown(authenticators):
    secret = authenticators.drawn()
    assert secret.reveal() not in f"{secret!r} {secret} {authenticators!r} {[secret]}"
