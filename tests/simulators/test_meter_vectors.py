"""Published tokens, entered in their order into a meter of their identity."""

import itertools
import json
from pathlib import Path

import pytest

from gateway.codecs.sts.cipher import cipher_of
from gateway.codecs.sts.content import CreditInUnits
from gateway.codecs.sts.seal import sealed
from gateway.codecs.sts.sta import SAMPLE_TABLES
from gateway.core.token import StsIdentity
from gateway.core.token_order import CreditKind
from gateway.simulators.meter import Accepted, MeterKind, Rejected, RejectedWhy, VirtualMeter
from gateway.simulators.meter_answer import Displayed, KeyChanged, SectionKept

VECTORS = Path(__file__).parents[1] / "vectors" / "sts.json"
ENTRIES = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
OPEN = [entry for entry in ENTRIES if entry["tables"] in ("none", "sample")]

#: What the amount field shows of numbers that it cannot show exactly, rounded up: its steps are of 10 from
#: 16,384 on, of 100 from 180,224 and of 1,000 from 1,818,624 (CTSA10, CTSA12, CTSA13 and SAMPLE-19).
SHOWN = {20_000: 20_004, 180_223: 180_224, 1_818_623: 1_818_624}


def of_kind(kind):
    """The entries of a kind by the meter they are for, in the order of issue."""
    entries = [entry for entry in OPEN if entry["kind"] == kind]
    entries.sort(key=lambda entry: (entry["decoder_key"], entry["dt"]))
    return [list(group) for _, group in itertools.groupby(entries, lambda entry: entry["decoder_key"])]


def by_meter(entries):
    return "-".join(str(entries[0][name]) for name in ("pan", "ea", "sgc", "krn", "ti"))


def meter_of(entry, key, **kind):
    names = {name: entry[name] for name in ("sgc", "krn", "ti", "base_date")}
    identity = StsIdentity(entry["pan"], ea=entry["ea"], kt=entry["kt"], **names)
    return VirtualMeter(identity, bytes.fromhex(key), MeterKind(tables=SAMPLE_TABLES, **kind))


def credit(tid, key):
    return sealed(CreditInUnits(0, 5, tid, 10), cipher_of("11", bytes.fromhex(key)))


@pytest.mark.parametrize("service", list(CreditKind))
@pytest.mark.parametrize("entries", of_kind("credit"), ids=by_meter)
def test_published_credits_are_taken_by_a_meter_of_their_service(entries, service):
    bought, expected = meter_of(entries[0], entries[0]["decoder_key"], service=service), 0
    for entry in entries:
        answer = bought.enter(entry["token"])
        if entry["subclass"] == service.value:
            expected += 100 * SHOWN.get(entry["value"], entry["value"])
            assert isinstance(answer, Accepted), entry["id"]
            assert bought.enter(entry["token"]) == Rejected(RejectedWhy.USED)
        else:
            # CTSA10 has one minute for the tokens of all four services: that id may be known already.
            assert answer.why in {RejectedWhy.NOT_MINE, RejectedWhy.USED}, entry["id"]
        assert bought.credit == expected


def test_a_published_token_of_the_reserved_minute_is_taken_beside_its_neighbours():
    # CTSA09 asks for several tokens within a minute; SAMPLE-13 was issued at 00:01 and has the id of 00:02.
    entry = next(one for one in OPEN if one["id"] == "SAMPLE-13")
    bought = meter_of(entry, entry["decoder_key"])
    cipher = cipher_of("07", bytes.fromhex(entry["decoder_key"]), SAMPLE_TABLES)
    minute = (12 * 365 + 3 + 209) * 24 * 60  # 2014-01-01 to 2026-07-29 00:00, with three leap days.
    assert isinstance(bought.enter(entry["token"]), Accepted)
    assert bought.memory.tids == (minute + 2,)
    for tid in (minute + 3, minute + 4):
        assert isinstance(bought.enter(sealed(CreditInUnits(0, 5, tid, 10), cipher)), Accepted)
    assert bought.enter(sealed(CreditInUnits(0, 9, minute + 2, 10), cipher)) == Rejected(RejectedWhy.USED)


@pytest.mark.parametrize("entries", of_kind("mgmt"), ids=by_meter)
def test_published_management_tokens_set_what_they_say(entries):
    bought = meter_of(entries[0], entries[0]["decoder_key"])
    names = {0: "power_limit_w", 6: "phase_unbalance_w"}
    for entry in entries:
        answer, subclass, value = bought.enter(entry["token"]), entry["subclass"], entry["value"]
        if subclass == 1 and value not in (0, 0xFFFF):
            assert answer == Rejected(RejectedWhy.NOT_MINE), entry["id"]
            continue
        assert isinstance(answer, Accepted), entry["id"]
        if subclass in names:
            assert getattr(bought.memory, names[subclass]) == SHOWN.get(value, value)
    if by_meter(entries) == "600727000000000009-11-201457-1-01":
        # CTSA24: flag 0 set to 0, then to 1; register 0 set to 0, then to 123.
        assert (bought.memory.flags, bought.memory.registers) == ((0,), ((0, 123),))


def test_published_credits_in_currency_add_up():
    (entries,) = (group for group in of_kind("currency") if group[0]["ea"] == "11")
    bought = meter_of(entries[0], entries[0]["decoder_key"], counts_currency=True)
    answers = {entry["id"].split("/")[1]: bought.enter(entry["token"]) for entry in entries}
    refused = {name: answer for name, answer in answers.items() if not isinstance(answer, Accepted)}
    # Amounts of 1.8E14 and more, either way: 64 bits do not hold so many hundred-thousandths.
    assert refused == dict.fromkeys(("CTSA20.10", "CTSA20.11", "CTSA20.15"), Rejected(RejectedWhy.TOO_MUCH))
    paid = 100_000 * sum((1, 16_384, 180_224, 18_202_624, 182_042_624, 1_820_442_624, 18_204_442_624, -1))
    # A step of an amount is less than a thousandth of it, and every amount is rounded up.
    assert 0 <= bought.credit - paid < paid // 1000


@pytest.mark.parametrize("entry", [one for one in OPEN if one["kind"] == "class1"], ids=lambda one: one["id"])
def test_published_meter_tests_are_answered_and_not_stored(entry):
    bought = meter_of(KEY_CHANGES[0] | KEY_CHANGES[0]["old"], KEY_CHANGES[0]["old_key"])
    before = bought.state()
    assert isinstance(bought.enter(entry["token"]).done, Displayed)
    assert isinstance(bought.enter(entry["token"]).done, Displayed)
    assert bought.state() == before


KEY_CHANGES = [entry for entry in OPEN if entry["kind"] == "kct"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
@pytest.mark.parametrize("entry", KEY_CHANGES, ids=lambda entry: entry["id"][-8:])
def test_a_published_set_changes_the_key_in_any_order(entry, order):
    bought = meter_of(entry | entry["old"], entry["old_key"], ken=255)
    bought.enter(credit(100, entry["old_key"]))
    *before, last = [bought.enter(entry["tokens"][at]) for at in order]
    assert all(isinstance(one.done, SectionKept) for one in before)
    new = entry["new"]
    assert isinstance(last.done, KeyChanged)
    held = bought.identity
    assert (held.sgc, held.krn, held.ti, held.kt) == (new["sgc"], new["krn"], new["ti"], entry["kt"])
    assert (held.base_date, bought.ken) == (new["base_date"], new["ken"])
    assert bought.enter(credit(101, entry["old_key"])) == Rejected(RejectedWhy.WRONG_KEY)
    assert bought.enter(entry["tokens"][0]) == Rejected(RejectedWhy.WRONG_KEY)
    assert isinstance(bought.enter(credit(101, entry["new_key"])), Accepted)
    # CTSA15 has RO: the meter took the id 100 under the old base date and has forgotten that.
    assert isinstance(bought.enter(credit(100, entry["new_key"])), Accepted) == bool(entry["ro"])


def test_a_published_set_is_taken_with_a_key_that_has_expired():
    # CTSA16: the key of KRN 7 ended with KEN 85; tokens of 2032 are for the key of KRN 8 only.
    entry = next(one for one in KEY_CHANGES if one["id"].endswith("CTSA16.4"))
    bought, late = meter_of(entry | entry["old"], entry["old_key"], ken=85), 9_899_700
    assert isinstance(bought.enter(credit((86 << 16) - 1, entry["old_key"])), Accepted)
    assert bought.enter(credit(late, entry["old_key"])) == Rejected(RejectedWhy.KEY_EXPIRED)
    for token in entry["tokens"]:
        assert isinstance(bought.enter(token), Accepted)
    assert isinstance(bought.enter(credit(late, entry["new_key"])), Accepted)


@pytest.mark.parametrize("suffix", ["CTSA05.1", "CTSA05.3"])
def test_tokens_may_come_in_the_order_of_a_slip(suffix):
    # As CTSA19: key change first, then the credit under the new key; the other way round it is refused.
    entry = next(one for one in KEY_CHANGES if one["id"].endswith(suffix))
    slip = [*entry["tokens"], credit(500, entry["new_key"])]
    bought = meter_of(entry | entry["old"], entry["old_key"])
    assert all(isinstance(bought.enter(token), Accepted) for token in slip)
    hasty = meter_of(entry | entry["old"], entry["old_key"])
    assert hasty.enter(slip[-1]) == Rejected(RejectedWhy.WRONG_KEY)
    assert all(isinstance(hasty.enter(token), Accepted) for token in slip)
