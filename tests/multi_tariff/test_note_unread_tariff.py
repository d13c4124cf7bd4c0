"""A person is told once of each approved version that cannot be read."""

from gateway.core.outcome import Noted
from gateway.multi_tariff.note_unread_tariff import NoteUnreadTariff
from tests.builders import Till
from tests.multi_tariff.builders import approved


def exceptions(till):
    return [one.exception for one in till.decisions if one.exception is not None]


def test_each_version_is_noted_once_with_what_is_wrong_and_the_cure():
    till = Till()
    for version in ("v1", "v1", "v2"):
        note = NoteUnreadTariff(approved(version), "colour: is not a key of a tariff")
        assert till.post(note) == Noted(0)
    first, second = exceptions(till)
    assert (first.kind, first.key, first.bank) == ("unread_tariff", "unread_tariff/domestic/v1", "")
    assert second.key == "unread_tariff/domestic/v2"
    assert "(colour: is not a key of a tariff)" in first.text
    assert "prices that it has" in first.text


def test_it_books_nothing():
    till = Till()
    till.post(NoteUnreadTariff(approved(), "is not JSON"))
    assert till.entries() == []
