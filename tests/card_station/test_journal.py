"""The journal: what was written is there after any stop; a cut line goes, other damage is told."""

import errno
import os
import stat

import pytest

from card_station import journal as rooms
from card_station.journal import Journal, JournalFault
from card_station.purchase import FOLLOWS, IllegalPurchaseStep, Purchase, Step, purchase_read, purchase_said
from gateway.core.card import CardKind, ShownCard, ShownReturn
from gateway.core.card_order import CardOrder, CardOrderState

SHOWN = ShownCard(
    "A1B2", "powertill-cpu", 1, "0815", "12", "34", 5, 6, ShownReturn("12", "34", 7, 6), garbled=True
)
ORDER = CardOrder(
    7, "cash/@n1/x", "600727000000000009", "100042", "A1B2", "powertill-cpu", CardKind.PURCHASE, 3, 20_000,
    CardOrderState.RESERVED, "n1", "ann", 5,
)  # fmt: skip


def intent(number=1):
    return Purchase(f"nonce-{number:012d}", Step.INTENT, "ann", "sell", {"pan": "6"}, shown=SHOWN)


def read_again(file):
    journal = Journal(file)
    found = journal.purchases
    journal.close()
    return found


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "journal"


def test_what_was_written_is_there_when_it_is_opened_again(file):
    journal = Journal(file)
    one = intent()
    journal.write(one)
    journal.write(one.after(Step.RESERVED, order=ORDER))
    journal.write(intent(2))
    journal.close()
    assert read_again(file) == (one.after(Step.RESERVED, order=ORDER), intent(2))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_over_is_not_told_any_more(file):
    journal = Journal(file)
    one = intent()
    for step in (one, one.after(Step.DONE, told="no")):
        journal.write(step)
    assert journal.purchases == ()
    journal.close()
    assert read_again(file) == ()


def test_a_line_that_was_cut_off_anywhere_goes_and_nothing_else(file):
    journal = Journal(file)
    journal.write(intent())
    whole = file.stat().st_size
    journal.write(intent(2))
    journal.close()
    octets = file.read_bytes()
    for size in range(whole, len(octets)):
        file.write_bytes(octets[:size])
        opened = Journal(file)
        assert (opened.purchases, opened.cut) == ((intent(),), size - whole)
        opened.write(intent(3))
        opened.close()
        assert read_again(file) == (intent(), intent(3))


def test_a_last_line_with_bytes_of_nothing_goes_as_well(file):
    journal = Journal(file)
    journal.write(intent())
    whole = file.stat().st_size
    journal.write(intent(2))
    journal.close()
    octets = bytearray(file.read_bytes())
    octets[whole + 10 : whole + 40] = bytes(30)
    file.write_bytes(octets)
    assert read_again(file) == (intent(),)


def test_any_other_byte_that_is_changed_refuses_the_start(file):
    journal = Journal(file)
    for number in (1, 2):
        journal.write(intent(number))
    journal.close()
    octets = file.read_bytes()
    for place in range(len(octets) - 1):
        file.write_bytes(octets[:place] + bytes((octets[place] ^ 1,)) + octets[place + 1 :])
        with pytest.raises(JournalFault, match=r"line [123] .*cure: do not sell"):
            Journal(file)
    file.write_bytes(octets)
    assert len(read_again(file)) == 2


def test_lines_that_are_swapped_or_missing_are_found_out(file):
    journal = Journal(file)
    for number in (1, 2, 3):
        journal.write(intent(number))
    journal.close()
    head, one, two, three = file.read_bytes().splitlines(keepends=True)
    for damaged in (head + two + one + three, head + one + three, one + two + three, b"", head[:-5]):
        file.write_bytes(damaged)
        with pytest.raises(JournalFault):
            Journal(file)


def test_two_programs_never_have_one_journal(file):
    journal = Journal(file)
    with pytest.raises(JournalFault, match="another program has it"):
        Journal(file)
    journal.close()
    Journal(file).close()


def test_a_journal_that_cannot_be_written_stops_the_sale_and_says_the_cure(file, monkeypatch):
    journal = Journal(file)
    journal.write(intent())

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(JournalFault, match="No space left on device; cure: make room"):
        journal.write(intent(2))
    monkeypatch.undo()
    with pytest.raises(JournalFault, match="restart the station"):
        journal.write(intent(3))
    journal.close()
    assert read_again(file) == (intent(),)


def test_each_line_is_on_the_disk_before_the_call_returns(file, monkeypatch):
    journal, synced = Journal(file), []
    real = os.fsync

    def noted(handle):
        synced.append(file.read_bytes())
        real(handle)

    monkeypatch.setattr(os, "fsync", noted)
    journal.write(intent())
    assert synced == [file.read_bytes()]
    journal.close()


def test_a_long_journal_is_written_anew_with_what_is_not_over(file, monkeypatch):
    monkeypatch.setattr(rooms, "COMPACT_BYTES", 5_000)
    journal, kept = Journal(file), intent(1)
    journal.write(kept)
    for number in range(2, 60):
        one = intent(number)
        journal.write(one)
        journal.write(one.after(Step.DONE))
        assert file.stat().st_size < 6_000
    assert journal.purchases == (kept,)
    journal.close()
    assert read_again(file) == (kept,)


def test_a_stop_while_it_is_written_anew_leaves_the_old_one(file, monkeypatch):
    monkeypatch.setattr(rooms, "COMPACT_BYTES", 1_500)
    journal = Journal(file)
    monkeypatch.setattr(
        type(file), "replace", lambda *_: (_ for _ in ()).throw(OSError(5, "Input/output error"))
    )

    def write_many():
        for number in range(1, 20):
            journal.write(intent(number))

    with pytest.raises(JournalFault, match="cannot be written anew"):
        write_many()
    journal.close()
    assert len(read_again(file)) >= 2


def test_a_purchase_is_written_and_read_back_as_it_was():
    for one in (intent(), intent().after(Step.RESERVED, order=ORDER).after(Step.GIVING_UP, told="why")):
        assert purchase_read(purchase_said(one)) == one


def test_no_step_leads_out_of_the_table():
    for step in Step:
        one = Purchase("nonce-000000000001", step, "ann")
        for other in set(Step) - FOLLOWS[step]:
            with pytest.raises(IllegalPurchaseStep):
                one.after(other)
    ends = {step for step in Step if not FOLLOWS[step]}
    assert ends == {Step.DONE}
