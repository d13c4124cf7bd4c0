"""The sealed file under a running gateway: replaced, taken away, damaged, and whole again."""

from __future__ import annotations

import logging

import pytest

from adapters.keys.passphrase import MEMORY_KIB_MIN, Argon2Cost
from adapters.keys.sealed_document import SealedFileWhy
from adapters.keys.sealed_file import SealedFile
from adapters.keys.sealed_shelf import SealedShelf
from tests.builders import VENDING_KEY

CHEAP = Argon2Cost(MEMORY_KIB_MIN, 1, 1)
PASSPHRASE = b"four words of a list"
PLACE, LATER = ("201457", 1), ("201457", 2)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys.sealed"


@pytest.fixture
def kept(file):
    kept = SealedFile.begun(file, PASSPHRASE, CHEAP)
    kept.keep_whole(PLACE, VENDING_KEY, ("anna",))
    return kept


@pytest.fixture
def shelf(file):
    return SealedShelf(file, lambda: PASSPHRASE)


def test_a_key_that_comes_later_is_found_without_a_new_start(shelf, kept):
    assert (shelf.key(*PLACE), shelf.key(*LATER), shelf.trouble) == (VENDING_KEY, None, None)
    kept.keep_whole(LATER, VENDING_KEY, ("anna",))
    assert shelf.key(*LATER) == VENDING_KEY


def test_a_file_that_is_not_there_yet_is_found_once_it_is(shelf, file):
    assert (shelf.key(*PLACE), shelf.trouble) == (None, SealedFileWhy.MISSING.value)
    SealedFile.begun(file, PASSPHRASE, CHEAP).keep_whole(PLACE, VENDING_KEY, ("anna",))
    assert (shelf.key(*PLACE), shelf.trouble) == (VENDING_KEY, None)


def rekeyed(file):
    SealedFile.open(file, PASSPHRASE).rekey(b"five other words of it", CHEAP)


SPOILED = {
    SealedFileWhy.WRONG_PASSPHRASE: rekeyed,
    SealedFileWhy.DAMAGED: lambda file: file.write_bytes(file.read_bytes()[:-9]),
    SealedFileWhy.OPEN_TO_OTHERS: lambda file: file.chmod(0o644),
    SealedFileWhy.NOT_OURS: lambda file: file.write_text("{}"),
    SealedFileWhy.MISSING: lambda file: file.unlink(),
}


@pytest.mark.parametrize("why", SPOILED, ids=lambda why: why.name)
def test_what_becomes_of_the_file_stops_no_sale_of_a_running_gateway_but_is_said(shelf, kept, file, why):
    assert shelf.key(*PLACE) == VENDING_KEY
    SPOILED[why](file)
    assert (shelf.key(*PLACE), shelf.trouble) == (VENDING_KEY, why.value)


@pytest.mark.parametrize("why", SPOILED, ids=lambda why: why.name)
def test_a_gateway_that_starts_with_it_has_no_key(shelf, kept, file, why):
    SPOILED[why](file)
    assert (shelf.key(*PLACE), shelf.trouble) == (None, why.value)


def test_a_file_that_was_open_to_others_is_read_after_chmod_alone(shelf, kept, file):
    file.chmod(0o644)
    assert (shelf.key(*PLACE), shelf.trouble) == (None, SealedFileWhy.OPEN_TO_OTHERS.value)
    file.chmod(0o600)
    assert (shelf.key(*PLACE), shelf.trouble) == (VENDING_KEY, None)


def test_what_hinders_reading_for_a_moment_is_tried_again(shelf, kept, monkeypatch):
    def too_many_open_files(*_arguments):
        raise OSError(24, "too many open files")

    with monkeypatch.context() as full:
        full.setattr("os.open", too_many_open_files)
        assert (shelf.key(*PLACE), shelf.trouble) == (None, SealedFileWhy.UNREADABLE.value)
    assert (shelf.key(*PLACE), shelf.trouble) == (VENDING_KEY, None)


def test_the_same_trouble_is_logged_once(shelf, kept, file, caplog):
    caplog.set_level(logging.INFO, "powertill.keys")
    file.unlink()
    for _ in range(3):
        shelf.key(*PLACE)
    assert [record.getMessage().split()[0] for record in caplog.records] == ["keys.sealed_unread"]
