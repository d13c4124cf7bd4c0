"""A sale at a station, undisturbed; and what the cashier is told."""

import pytest

from card_station import settling
from card_station.purchase import Step
from card_station.sale import Sold
from gateway.codecs.card.profile import PROFILES
from tests.station import Shop


@pytest.mark.parametrize("profile", PROFILES)
def test_a_card_is_read_sold_on_written_and_confirmed(profile, tmp_path):
    shop = Shop(profile, tmp_path, taken=0)
    for number in (1, 2, 3):
        result = shop.sell()
        assert isinstance(result, Sold), result
        assert (result.purchase.step, result.receipt["receipt_no"]) == (Step.DONE, 7)
        shop.check(number)
    assert len(shop.centre.returned) == 2


def test_numbers_of_receipts_are_not_kept_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(settling, "_RECEIPTS_MAX", 2)
    shop = Shop("powertill-cpu", tmp_path, taken=3)
    result = shop.sell()
    assert result.receipt["receipt_no"] == 7
    assert list(shop.program.counter.settling.receipts)[-1] == result.purchase.id
    assert len(shop.program.counter.settling.receipts) == 2
