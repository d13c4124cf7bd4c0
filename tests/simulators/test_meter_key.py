"""A virtual meter whose key changes: sections in any order, of several sets, across power cuts."""

import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.sts.cipher import cipher_of
from gateway.codecs.sts.content import CreditInUnits, Management
from gateway.codecs.sts.key_change import KeyChange, sections_of
from gateway.codecs.sts.key_section import FourthSection, SgcSection
from gateway.codecs.sts.seal import sealed
from gateway.codecs.sts.sta import SAMPLE_TABLES
from gateway.core.token import StsIdentity
from gateway.simulators.meter import Accepted, MeterKind, Rejected, RejectedWhy, VirtualMeter
from gateway.simulators.meter_answer import KeyChanged, SectionKept
from gateway.simulators.meter_key import OTHER_TOKENS_MAX, KeyMemory
from gateway.simulators.meter_words import answer_text

IDENTITY = StsIdentity("600727000000000009", sgc="201457", krn=1, ti="01", ea="11", kt=2, base_date=2014)
OLD = {"11": bytes.fromhex("929bd3a415c9420a05ec5ee9f3ce91c3"), "07": bytes.fromhex("0abc12def3456789")}
NEW = {"11": bytes(range(16)), "07": bytes(range(8))}
SETS = {"07 of 2": ("07", False), "07 of 3": ("07", True), "11 of 4": ("11", False)}
PLACES = {name: (2, 3, 4)[at] for at, name in enumerate(SETS)}


def meter(ea="11", ken=255):
    return VirtualMeter(replace(IDENTITY, ea=ea), OLD[ea], MeterKind(ken=ken, tables=SAMPLE_TABLES))


def change(ea="11", **changes):
    usual = KeyChange(NEW[ea], "203557", ken=255, krn=4, kt=2, ti="07", is_rolled=False)
    return replace(usual, **changes)


def under(ea, key, content):
    return sealed(content, cipher_of(ea, key, SAMPLE_TABLES))


def set_of(ea="11", says_sgc=False, **changes):  # noqa: FBT002 - as SETS names it
    sections = sections_of(change(ea, **changes), says_sgc=says_sgc)
    return [under(ea, OLD[ea], section) for section in sections]


def credit(tid, ea="11", key=None):
    return under(ea, key or OLD[ea], CreditInUnits(0, 5, tid, 10))


def again(one):
    """The same meter after a power cut."""
    state, keys = json.loads(json.dumps([one.state(), one.key_state()]))
    ea = one.identity.ea
    return VirtualMeter.from_state(replace(IDENTITY, ea=ea), OLD[ea], state, one.kind, key_state=keys)


ORDERS = [(name, order) for name in SETS for order in itertools.permutations(range(PLACES[name]))]


@pytest.mark.parametrize(("name", "order"), ORDERS, ids=str)
def test_a_set_changes_the_key_in_any_order(name, order):
    ea, says_sgc = SETS[name]
    bought, tokens = meter(ea), set_of(ea, says_sgc)
    *before, last = [bought.enter(tokens[at]) for at in order]
    assert all(isinstance(one.done, SectionKept) for one in before)
    sgc = "201457" if name == "07 of 2" else "203557"
    assert last.done == KeyChanged(
        replace(IDENTITY, ea=ea, sgc=sgc, krn=4, ti="07"), ken=255, forgets_ids=False
    )
    assert bought.enter(credit(9, ea)) == Rejected(RejectedWhy.WRONG_KEY)
    assert bought.enter(credit(9, ea, NEW[ea])) == Accepted(energy_wh=1000, credit_wh=1000)


@pytest.mark.parametrize("name", SETS)
def test_the_display_counts_what_is_to_come(name):
    ea, says_sgc = SETS[name]
    bought, tokens = meter(ea), set_of(ea, says_sgc)
    missing = [bought.enter(token).done.missing for token in tokens[:-1]]
    assert missing == list(range(PLACES[name] - 1, 0, -1))


def test_a_section_of_a_set_that_was_carried_out_is_of_a_wrong_key():
    bought, tokens = meter(), set_of()
    for token in tokens:
        bought.enter(token)
    assert {bought.enter(token).why for token in tokens} == {RejectedWhy.WRONG_KEY}


def test_a_section_again_changes_nothing():
    bought, tokens = meter(), set_of()
    bought.enter(tokens[2])
    before = bought.key_state()
    assert bought.enter(tokens[2]) == Rejected(RejectedWhy.SECTION_AGAIN)
    assert bought.key_state() == before


def test_sections_have_no_ids_and_credits_may_come_between():
    bought, tokens = meter(), set_of()
    for tid, token in enumerate(tokens):
        bought.enter(credit(100 + tid))
        bought.enter(token)
    assert bought.memory.tids == (100, 101, 102, 103)
    assert bought.identity.krn == 4


def test_the_ids_are_kept_where_the_base_date_stays():
    bought = meter()
    bought.enter(credit(100))
    for token in set_of():
        bought.enter(token)
    assert bought.enter(credit(100, key=NEW["11"])) == Rejected(RejectedWhy.USED)


@pytest.mark.parametrize(("year", "following"), [(1993, 2014), (2014, 2035)])
def test_the_ids_are_forgotten_where_the_base_date_changes(year, following):
    bought = VirtualMeter(replace(IDENTITY, base_date=year), OLD["11"])
    bought.enter(credit(100))
    *_, last = [bought.enter(token) for token in set_of(is_rolled=True)]
    assert last.done.forgets_ids
    assert (bought.memory.tids, bought.identity.base_date) == ((), following)
    assert isinstance(bought.enter(credit(100, key=NEW["11"])), Accepted)
    assert bought.credit_wh == 2000


def test_a_section_of_another_set_in_the_same_place_begins_anew():
    bought, first, other = meter(), set_of(), set_of(new_key=bytes(16))
    bought.enter(first[0])
    bought.enter(first[1])
    assert bought.enter(other[0]).done == SectionKept(missing=3, is_anew=True)
    *_, last = [bought.enter(token) for token in other[1:]]
    assert isinstance(last.done, KeyChanged)
    assert isinstance(bought.enter(credit(9, key=bytes(16))), Accepted)


@given(st.lists(st.integers(0, 2), max_size=3))
def test_a_set_typed_in_its_order_is_carried_out_whatever_was_begun_in_order_before(begun):
    bought, mine = meter(), set_of()
    for length, part in enumerate(begun, start=1):
        other = set_of(new_key=bytes([length] * 16))
        for token in other[: part + 1]:
            bought.enter(token)
    for token in mine:
        bought.enter(token)
    assert isinstance(bought.enter(credit(9, key=NEW["11"])), Accepted)


@pytest.mark.parametrize("is_announced_first", [True, False])
def test_a_third_section_that_is_not_announced_is_of_another_set(is_announced_first):
    bought, first = meter("07"), set_of("07")[0]
    third = under("07", OLD["07"], SgcSection(203_557))
    pair = (first, third) if is_announced_first else (third, first)
    assert bought.enter(pair[0]).done.is_anew is False
    assert bought.enter(pair[1]).done.is_anew is True


def test_a_fourth_section_is_nothing_an_ea07_meter_knows():
    fourth = under("07", OLD["07"], FourthSection(1, 1))
    assert meter("07").enter(fourth) == Rejected(RejectedWhy.UNSUPPORTED)


def test_after_ten_other_tokens_the_meter_waits_no_longer():
    bought, tokens = meter(), set_of()
    bought.enter(tokens[0])
    for tid in range(OTHER_TOKENS_MAX - 1):
        bought.enter(credit(tid))
    assert bought.enter(tokens[1]).done.missing == 2
    for tid in range(OTHER_TOKENS_MAX):
        bought.enter(credit(100 + tid))
    assert bought.enter(tokens[2]).done == SectionKept(missing=3)


def test_refused_tokens_and_tests_do_not_shorten_the_wait():
    bought, tokens = meter(), set_of()
    bought.enter(tokens[0])
    for _ in range(2 * OTHER_TOKENS_MAX):
        bought.enter(credit(5))
        bought.enter("18446744073843772416")  # CTSA11: a meter test.
    assert bought.enter(tokens[1]).done.missing == 2


def test_a_change_away_from_an_expired_key_is_carried_out():
    expired = meter(ken=1)
    late = 2 << 16
    assert expired.enter(credit(late)) == Rejected(RejectedWhy.KEY_EXPIRED)
    for token in set_of():
        expired.enter(token)
    assert expired.ken == 255
    assert isinstance(expired.enter(credit(late, key=NEW["11"])), Accepted)


@pytest.mark.parametrize(("ken", "is_taken"), [(1, False), (2, True)])
def test_a_change_to_a_key_that_has_expired_is_refused(ken, is_taken):
    bought = meter()
    bought.enter(credit(2 << 16))
    *_, last = [bought.enter(token) for token in set_of(ken=ken)]
    assert (last == Rejected(RejectedWhy.NEW_KEY_EXPIRED)) is not is_taken
    assert isinstance(bought.enter(credit(100, key=OLD["11"])), Accepted) is not is_taken


def test_the_ids_before_a_new_base_date_do_not_expire_its_key():
    bought = meter()
    bought.enter(credit(200 << 16))
    *_, last = [bought.enter(token) for token in set_of(ken=1, is_rolled=True)]
    assert isinstance(last.done, KeyChanged)


def test_a_refused_change_leaves_the_meter_as_it_was_and_can_be_replaced():
    bought = meter()
    bought.enter(credit(2 << 16))
    before = bought.state()
    for token in set_of(ken=1):
        bought.enter(token)
    assert (bought.state(), bought.key_state()) == (before, None)
    for token in set_of(ken=2):
        bought.enter(token)
    assert bought.identity.krn == 4


def test_a_supply_group_that_cannot_be_is_no_key_change():
    bought, tokens = meter(), set_of()
    tokens[3] = under("11", OLD["11"], FourthSection(0xFFF, 1))  # 0xFFF000 and more has no six digits.
    *_, last = [bought.enter(token) for token in tokens]
    assert last == Rejected(RejectedWhy.NO_KEY_CHANGE)
    assert bought.key_state() is None


# --- Power cuts ---

deeds = st.one_of(
    st.tuples(st.just("old"), st.integers(0, 60)),
    st.tuples(st.just("new"), st.integers(0, 60)),
    st.tuples(st.just("section"), st.integers(0, 3)),
    st.tuples(st.just("other section"), st.integers(0, 3)),
    st.tuples(st.just("limit"), st.integers(0, 60)),
    st.tuples(st.just("use"), st.integers(0, 3000)),
    st.tuples(st.just("tamper"), st.just(0)),
)


def do(one, deed, number, ea):
    if deed == "use":
        return one.use(number)
    if deed == "tamper":
        return one.tamper()
    if deed == "limit":
        return one.enter(under(ea, OLD[ea], Management(0, 5, number, 2000)))
    if deed in {"old", "new"}:
        return one.enter(credit(number, ea, (OLD if deed == "old" else NEW)[ea]))
    tokens = set_of(ea, says_sgc=True) if deed == "section" else set_of(ea, new_key=bytes(len(NEW[ea])))
    return one.enter(tokens[number % len(tokens)])


@given(st.sampled_from(["07", "11"]), st.lists(deeds, max_size=40))
def test_a_power_cut_at_any_point_changes_nothing(ea, done):
    lasting, cut = meter(ea), meter(ea)
    for deed, number in done:
        cut = again(cut)
        assert do(cut, deed, number, ea) == do(lasting, deed, number, ea)
        assert (cut.state(), cut.key_state()) == (lasting.state(), lasting.key_state())
        assert (cut.identity, cut.ken) == (lasting.identity, lasting.ken)


@given(st.lists(deeds, max_size=60))
def test_no_order_of_tokens_and_key_changes_gives_a_credit_twice(done):
    bought, taken, used = meter(), [], 0
    for deed, number in done:
        answer = do(bought, deed, number, "11")
        if deed == "use":
            used += answer
        elif isinstance(answer, Accepted) and answer.energy_wh:
            taken.append(number)
    assert len(set(taken)) == len(taken)
    assert bought.credit_wh == 1000 * len(taken) - used


def test_only_the_key_state_has_keys_and_only_when_tokens_changed_them():
    bought = meter()
    assert bought.key_state() is None
    for token in set_of():
        assert bought.enter(token)
        assert NEW["11"].hex() not in f"{bought.state()} {bought!r}"
    assert bought.key_state()["decoder_key"] == NEW["11"].hex()


def test_what_a_meter_keeps_of_keys_shows_none():
    shown = repr(KeyMemory(IDENTITY, NEW["11"], 255, sections_of(change())))
    assert NEW["11"].hex() not in shown
    assert str(NEW["11"]) not in shown


def test_no_answer_of_a_key_change_shows_a_part_of_the_key():
    bought = meter()
    answers = [bought.enter(token) for token in set_of()]
    said = " ".join(f"{answer!r} {answer_text(answer, bought.kind)}" for answer in answers)
    assert not any(NEW["11"][at : at + 4].hex() in said for at in range(0, 16, 4))
    assert not any(str(int.from_bytes(NEW["11"][at : at + 4])) in said for at in range(4, 16, 4))


def test_the_display_says_how_the_key_change_goes():
    bought = meter()
    tokens = [*set_of(new_key=bytes(16))[:1], *set_of(is_rolled=True)]
    assert [answer_text(bought.enter(token), bought.kind) for token in tokens] == [
        "key change: 3 more tokens to type",
        "key change: 3 more tokens to type, begun anew: what was typed before was of another one",
        "key change: 2 more tokens to type",
        "key change: 1 more token to type",
        "key changed: SGC 203557, KRN 4, TI 07, KEN 255; the tokens taken so far are forgotten",
    ]


def kept(**changes):
    bought = meter()
    bought.enter(set_of()[0])
    bought.enter(set_of()[1])
    return bought.key_state() | changes


@pytest.mark.parametrize(
    "wrong",
    [
        {"identity": None},
        {"identity": {}},
        {"identity": {**kept()["identity"], "krn": 0}},
        {"identity": {**kept()["identity"], "pan": "600727370000000105"}},
        {"decoder_key": "00" * 8},
        {"decoder_key": "no"},
        {"decoder_key": None},
        {"ken": 256},
        {"ken": "1"},
        {"waited": OTHER_TOKENS_MAX},
        {"sections": None},
        {"sections": [[3]]},
        {"sections": [[0, "0"]]},
        {"sections": [kept()["sections"][0]] * 2},
        {"sections": [[3, "xyz"]]},
        {"sections": [[3, "0"]]},
        {"sections": [[3, "0f400000000"], [4, "0"], [8, "0"], [9, "0"]]},
        {"more": 1},
    ],
    ids=str,
)
def test_a_key_state_no_meter_can_have_is_refused_without_showing_it(wrong):
    state = kept(**wrong)
    with pytest.raises(ValueError, match=r"keeps of keys|another meter's") as caught:
        VirtualMeter.from_state(IDENTITY, OLD["11"], meter().state(), key_state=state)
    assert str(state["decoder_key"]) not in str(caught.value)
