"""The sealed file at a ceremony: what is tried is not kept, what is kept names who brought it."""

from __future__ import annotations

import pytest

from adapters.keys.component import ComponentRefusal, ComponentRefusalWhy
from adapters.keys.passphrase import Argon2Cost
from adapters.keys.sealed_document import SealedFileFault, SealedFileWhy
from adapters.keys.sealed_file import SealedFile
from gateway.assembly.key_ceremony import KeyCeremony
from tests.builders import VENDING_KEY
from tests.vending_keys import ANNA_S, BEN_S, KCV

PLACE = ("201457", 2)
PASSPHRASE = b"four words of a list"
#: The cheapest that is allowed: these files hold nothing worth guessing.
CHEAP = Argon2Cost(8 * 1_024, 1, 1)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys.sealed"


@pytest.fixture
def ceremony(file):
    """Opens the file anew, as each command does."""
    return lambda: KeyCeremony.open(file, PASSPHRASE, CHEAP)


def refused(call, *arguments):
    with pytest.raises(ComponentRefusal) as caught:
        call(*arguments)
    return caught.value.why


def test_two_parts_are_the_key_which_the_gateway_reads(ceremony, file):
    ceremony().bring_first(PLACE, ANNA_S, "anna")
    second = ceremony()
    key = second.try_second(PLACE, BEN_S, "ben")
    assert key == VENDING_KEY
    second.keep_whole(PLACE, key, (*second.brought(PLACE), "ben"))
    (kept,) = SealedFile.open(file, PASSPHRASE).contents()
    assert (kept.is_whole, kept.people, kept.kcv) == (True, ("anna", "ben"), KCV)
    assert SealedFile.open(file, PASSPHRASE).key(*PLACE) == VENDING_KEY


def test_the_file_comes_into_being_with_the_first_key_and_is_its_owner_s_alone(ceremony, file):
    opened = ceremony()
    assert not file.exists()
    opened.bring_first(PLACE, ANNA_S, "anna")
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_tried_is_not_kept(ceremony, file):
    ceremony().bring_first(PLACE, ANNA_S, "anna")
    before = file.read_bytes()
    ceremony().try_second(PLACE, BEN_S, "ben")
    assert file.read_bytes() == before
    assert (ceremony().brought(PLACE), ceremony().whole_kcv(PLACE)) == (("anna",), None)


def test_the_second_part_comes_from_another_person_and_is_another_part(ceremony):
    ceremony().bring_first(PLACE, ANNA_S, "anna")
    assert refused(ceremony().try_second, PLACE, BEN_S, "Anna") is ComponentRefusalWhy.SAME_PERSON
    assert refused(ceremony().try_second, PLACE, ANNA_S, "ben") is ComponentRefusalWhy.EQUAL
    assert refused(ceremony().try_second, PLACE, bytes(20), "ben") is ComponentRefusalWhy.ZERO


def test_a_part_of_zeros_is_none(ceremony, file):
    assert refused(ceremony().bring_first, PLACE, bytes(20), "anna") is ComponentRefusalWhy.ZERO
    assert not file.exists()


def test_a_part_without_its_first_cannot_be_tried(ceremony):
    with pytest.raises(SealedFileFault):
        ceremony().try_second(PLACE, BEN_S, "ben")


def test_a_load_takes_the_place_of_what_lost_its_row(ceremony):
    ceremony().bring_first(PLACE, BEN_S, "carol")
    ceremony().bring_first(PLACE, ANNA_S, "anna")
    assert ceremony().brought(PLACE) == ("anna",)
    assert ceremony().try_second(PLACE, BEN_S, "ben") == VENDING_KEY


def test_other_places_stay_as_they_are(ceremony, file):
    ceremony().keep_whole(("201457", 1), VENDING_KEY, ("anna",))
    ceremony().bring_first(PLACE, ANNA_S, "anna")
    assert ceremony().whole_kcv(("201457", 1)) == KCV
    assert ceremony().brought(PLACE) == ("anna",)


def test_of_two_who_write_at_once_the_second_is_told(ceremony):
    ceremony().bring_first(PLACE, ANNA_S, "anna")
    one, other = ceremony(), ceremony()
    one.bring_first(("201457", 3), ANNA_S, "anna")
    with pytest.raises(SealedFileFault) as caught:
        other.bring_first(("201457", 4), ANNA_S, "anna")
    assert caught.value.why is SealedFileWhy.CHANGED


def test_another_passphrase_opens_nothing(ceremony, file):
    ceremony().bring_first(PLACE, ANNA_S, "anna")
    with pytest.raises(SealedFileFault) as caught:
        KeyCeremony.open(file, b"another passphrase", CHEAP)
    assert caught.value.why is SealedFileWhy.WRONG_PASSPHRASE
