"""What the health check says of the places where keys are kept."""

from __future__ import annotations

import pytest

from adapters.keys.card_keys import KeptCardKeys
from adapters.keys.issuer import KeyedIssuer
from adapters.keys.keepers import Keepers
from adapters.keys.passphrase import MEMORY_KIB_MIN, Argon2Cost
from adapters.keys.sealed_document import SealedFileWhy
from adapters.keys.sealed_file import SealedFile
from adapters.keys.sealed_shelf import SealedShelf
from gateway.assembly.issuing import Issuing
from gateway.core.key_ring import KeyRing
from gateway.endpoints.health import Standing
from tests.builders import VENDING_KEY
from tests.vending_keys import approved

PASSPHRASE = b"four words of a list"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys.sealed"


def check_of(file, *keys):
    ring = KeyRing.of(key.revision for key in keys)
    sealed = SealedShelf(file, lambda: PASSPHRASE)
    card_keys = KeptCardKeys(lambda: ring, {}, {}, lambda: 0)
    (check,) = Issuing(KeyedIssuer(lambda: ring, Keepers()), sealed, None, card_keys).checks()
    return check.standing, check.says


def test_before_the_first_key_no_sealed_file_is_missed(file):
    assert check_of(file) == (Standing.OK, "no key is in the sealed file yet")


def test_a_sealed_file_with_keys_that_serve_is_missed(file):
    assert check_of(file, approved()) == (Standing.DEGRADED, SealedFileWhy.MISSING.value)


def test_a_sealed_file_is_looked_at_though_nothing_is_sold(file):
    SealedFile.begun(file, PASSPHRASE, Argon2Cost(MEMORY_KIB_MIN, 1, 1)).keep_whole(
        ("201457", 1), VENDING_KEY, ("anna",)
    )
    assert check_of(file, approved()) == (Standing.OK, "the sealed file can be read")
    file.write_text("{}")
    assert check_of(file, approved()) == (Standing.DEGRADED, SealedFileWhy.NOT_OURS.value)
