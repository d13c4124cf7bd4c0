"""What a dialogue wants, in which order, and how it ends; with virtual cards and a key holder of software."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.card.dialogue import read_card, write_card
from gateway.codecs.card.picture import Wallet
from gateway.codecs.card.profile import PROFILES, Told, profile_named
from gateway.codecs.card.steps import (
    WRITES,
    AboutToWrite,
    Answered,
    Ask,
    Granted,
    Lost,
    Noted,
    Purpose,
    Read,
    Refused,
    Shown,
    Transmit,
    Unknown,
    Updated,
    Written,
)
from gateway.simulators.card.desk import answered, carried_out
from gateway.simulators.card.faults import Fault, FaultKind
from tests.cards import AMOUNT, OTHER_SERIAL, SERIAL, blank, in_use, keys, loading, meter, shown, written

SMALL = "powertill-cpu"


def steps_of(name, card, wanted):
    """What a writing dialogue wants, by kind and label."""
    heard: list = []

    def told(step):
        heard.append(getattr(step, "label", "") or type(step).__name__)

    assert isinstance(written(name, card, wanted, told=told), Written)
    return [one for one in heard if one != "Ask"]


def test_a_cpu_card_is_written_in_the_order_of_its_plan_and_then_read_back():
    card, _ = in_use(SMALL, 1)
    assert steps_of(SMALL, card, loading(2)) == [
        "select", "read card", "tries", "internal authentication", "challenge", "external authentication",
        "read params", "read wallet", "read returned", "Shown",
        "challenge", "AboutToWrite", "write returned", "write returned",
        "challenge", "write params", "write params",
        "challenge", "write wallet", "write wallet",
        "read params", "read wallet", "read returned",
    ]  # fmt: skip


def test_the_count_is_voided_first_where_an_old_one_could_be_taken_for_the_new():
    card = blank(SMALL)
    written(SMALL, card, loading(1, "open"))
    steps = steps_of(SMALL, card, loading(1, "open", amount=AMOUNT + 100))
    assert steps.index("void wallet") < steps.index("write params") < steps.index("write wallet")
    card, _ = in_use(SMALL, 1)
    assert "void wallet" not in steps_of(SMALL, card, loading(2))


def test_a_memory_card_s_code_is_presented_before_the_first_byte_and_its_older_slot_is_written():
    card, _ = in_use("sle4442", 1)
    steps = steps_of("sle4442", card, loading(2))
    assert steps[:6] == ["card type", "read card", "tries", "read purchase", "read purchase", "read returned"]
    written_then = [step for step in steps if step.startswith(("present", "About", "unmark", "mark"))]
    unmarked, marked = ["unmark purchase"] * 2, ["mark purchase"] * 2
    assert written_then == ["AboutToWrite", "present the code", *unmarked, *marked]
    places = [at for at in (64, 112) if card.cells.get("memory", at + 36, 1) == b"\xa5"]
    assert places == [64, 112], "the older one stays, and the newer has the higher sequence"


@pytest.mark.parametrize("name", PROFILES)
def test_what_the_meter_returned_is_shown_before_anything_is_written(name):
    card, _ = in_use(name, 1)
    heard: list = []
    written(name, card, loading(2), told=heard.append)
    kinds = [type(step) for step in heard]
    assert kinds.index(Shown) < kinds.index(AboutToWrite) < kinds.index(Updated)
    picture = heard[kinds.index(Shown)].picture
    assert (picture.returned.count, picture.returned.remaining) == (1, AMOUNT)


@pytest.mark.parametrize("name", PROFILES)
def test_nothing_is_asked_to_be_sealed_before_all_know_that_the_card_will_be_written(name):
    card, _ = in_use(name, 1)
    heard: list = []
    written(name, card, loading(2), told=heard.append)
    about = [type(step) for step in heard].index(AboutToWrite)
    asked = [at for at, step in enumerate(heard) if isinstance(step, Ask) and step.purpose in WRITES]
    assert about < min(asked)
    assert min(asked) < [type(step) for step in heard].index(Updated)


@pytest.mark.parametrize("name", PROFILES)
def test_a_seal_or_code_that_is_not_given_leaves_the_card_as_it_was(name):
    card, _ = in_use(name, 1)
    before = card.cells.plain()

    def told(step):
        return Lost(Told.NO_KEYS) if isinstance(step, Ask) and step.purpose in WRITES else None

    outcome = written(name, card, loading(2), told=told)
    assert (type(outcome), outcome.told) == (Refused, Told.NO_KEYS)
    assert card.cells.plain() == before


@pytest.mark.parametrize("name", PROFILES)
def test_a_blank_card_is_read_as_blank(name):
    outcome = shown(name, blank(name))
    assert isinstance(outcome, Read)
    picture = outcome.picture
    assert (picture.is_blank, picture.serial, picture.wallet, picture.returned) == (True, SERIAL, None, None)


@pytest.mark.parametrize("name", PROFILES)
def test_what_was_written_is_read_and_written_again_it_is_there_already(name):
    card = blank(name)
    outcome = written(name, card, loading(1, "open"))
    assert (outcome.was_there, outcome.picture.wallet) == (False, Wallet(AMOUNT, 1))
    before = card.cells.plain()
    assert written(name, card, loading(1, "open")).was_there
    assert card.cells.plain() == before
    assert shown(name, card).picture.wallet == Wallet(AMOUNT, 1)


@pytest.mark.parametrize("name", PROFILES)
def test_another_card_than_the_one_that_is_meant_is_not_written(name):
    card = blank(name, OTHER_SERIAL)
    before = card.cells.plain()
    assert written(name, card, loading(1, "open")) == Refused(Told.OTHER_CARD, "serial")
    assert card.cells.plain() == before


@pytest.mark.parametrize("name", PROFILES)
def test_a_card_of_another_kind_is_refused_by_its_answer_to_reset(name):
    other = PROFILES[PROFILES.index(name) - 1]
    card = blank(other)
    for dialogue in (
        read_card(profile_named(name), card.reset()),
        write_card(profile_named(name), card.reset(), loading(1)),
    ):
        assert (dialogue.step, dialogue.outcome) == (None, Refused(Told.OTHER_CARD, "answer to reset"))


@pytest.mark.parametrize("name", PROFILES)
def test_who_stops_the_writing_before_it_begins_has_changed_nothing(name):
    card = blank(name)
    before = card.cells.plain()

    def told(step):
        return Lost(Told.STOPPED, "the journal is full") if isinstance(step, AboutToWrite) else None

    outcome = written(name, card, loading(1, "open"), told=told)
    assert outcome == Refused(Told.STOPPED, "the journal is full")
    assert card.cells.plain() == before


@pytest.mark.parametrize("name", PROFILES)
def test_a_station_that_is_stopped_while_it_shows_the_card_has_changed_nothing(name):
    card = blank(name)

    def told(step):
        return Lost(Told.STOPPED) if isinstance(step, Shown) else None

    assert written(name, card, loading(1, "open"), told=told) == Refused(Told.STOPPED)


@pytest.mark.parametrize("name", PROFILES)
def test_who_stops_after_a_part_was_written_leaves_it_in_doubt(name):
    def told(step):
        return Lost(Told.STOPPED) if isinstance(step, Updated) else None

    assert isinstance(written(name, blank(name), loading(1, "open"), told=told), Unknown)


@pytest.mark.parametrize("name", PROFILES)
def test_keys_of_a_version_that_nobody_has_are_a_refusal_before_anything_is_written(name):
    card, holder = blank(name), keys(versions=frozenset({9}))
    outcome = written(name, card, loading(1, "open"), holder)
    assert isinstance(outcome, Refused)
    assert outcome.told is Told.NO_KEYS


def test_a_card_of_other_masters_is_not_genuine():
    outcome = shown(SMALL, blank(SMALL, holder=keys(bytes(16))))
    assert outcome == Refused(Told.NOT_GENUINE, "internal authentication")


def test_keys_that_fail_between_two_updates_leave_the_card_in_doubt():
    count = 0

    def told(step):
        nonlocal count
        count += isinstance(step, Ask) and step.purpose is Purpose.SEAL
        return Lost(Told.NO_KEYS, "line") if count == 2 and isinstance(step, Ask) else None

    outcome = written(SMALL, blank(SMALL), loading(1, "open"), told=told)
    assert outcome == Unknown(Told.NO_KEYS, "seal of params: line")


def test_each_sealed_command_has_a_challenge_of_its_own_and_a_mac_over_its_header():
    asked: list = []
    written(SMALL, blank(SMALL), loading(1, "open"), told=asked.append)
    seals = [step for step in asked if isinstance(step, Ask) and step.purpose is Purpose.SEAL]
    assert [step.key for step in seals] == ["returned", "params", "wallet"]
    assert len({step.over.challenge for step in seals}) == 3
    updates = [step for step in asked if isinstance(step, Transmit) and step.is_update]
    for seal, update in zip(seals, updates, strict=True):
        assert seal.over.header == bytes((update.cla, update.ins, update.p1, update.p2, len(update.body)))
        assert update.body == seal.over.body + update.body[-8:]


def test_deadlines_go_with_each_step_and_with_the_whole():
    asked: list = []
    written(SMALL, blank(SMALL), loading(1, "open"), told=asked.append)
    profile = profile_named(SMALL)
    assert {step.deadline_s for step in asked if isinstance(step, Transmit)} == {profile.deadlines.command_s}
    assert {step.deadline_s for step in asked if isinstance(step, Ask)} == {profile.deadlines.ask_s}
    assert read_card(profile, blank(SMALL).reset()).deadline_s == profile.deadlines.session_s


# --- Tries: the last one is the card's life. ---


def test_a_wrong_cryptogram_is_presented_once_and_never_again():
    card, tried = blank(SMALL), []

    def told(step):
        if isinstance(step, Ask) and step.purpose is Purpose.EXTERNAL:
            tried.append(step)
            return Granted(bytes(8))
        return None

    for left in (2, 1):
        outcome = written(SMALL, card, loading(1, "open"), told=told)
        assert outcome.told is Told.NOT_AUTHORISED
        assert card.card.tries == left
    outcome = written(SMALL, card, loading(1, "open"), told=told)
    assert outcome == Refused(Told.FEW_TRIES, "1 tries left")
    assert (card.card.tries, len(tried)) == (1, 2)


def test_a_code_is_never_presented_with_one_try_left():
    card = blank("sle4442")

    def told(step):
        if isinstance(step, Ask) and step.purpose is Purpose.CODE:
            return Granted(b"\x00\x00\x00")
        return None

    for left in (2, 1):
        assert written("sle4442", card, loading(1, "open"), told=told).told is Told.WRONG_CODE
        assert card.card.tries == left
    for _ in range(3):
        assert written("sle4442", card, loading(1, "open"), told=told).told is Told.FEW_TRIES
        assert written("sle4442", card, loading(1, "open")).told is Told.FEW_TRIES
    assert card.card.tries == 1


@pytest.mark.parametrize("status", [0x9000, 0x6A86, 0x6D00])
def test_a_card_that_should_say_how_many_tries_are_left_and_does_not_is_not_tried(status):
    presented = []

    def told(step):
        presented.append(getattr(step, "label", ""))
        return Answered(b"", status) if getattr(step, "label", "") == "tries" else None

    assert isinstance(written(SMALL, blank(SMALL), loading(1, "open"), told=told), Refused)
    assert "external authentication" not in presented


def test_a_right_code_gives_the_tries_back():
    card = blank("sle4442")
    written("sle4442", card, loading(1, "open"), told=lambda step: wrong_code(step, once=[]))
    assert card.card.tries == 2
    assert isinstance(written("sle4442", card, loading(1, "open")), Written)
    assert card.card.tries == 3


def wrong_code(step, once):
    if isinstance(step, Ask) and step.purpose is Purpose.CODE and not once:
        return Granted(b"\x00\x00\x00")
    return None


@pytest.mark.parametrize(
    ("name", "counter", "told"),
    [
        (SMALL, 0, Told.LOCKED),
        (SMALL, 1, Told.FEW_TRIES),
        ("sle4442", 0, Told.LOCKED),
        ("sle4442", 1, Told.FEW_TRIES),
    ],
)
def test_a_card_that_is_nearly_or_wholly_locked_is_not_tried(name, counter, told):
    card = blank(name)
    card.cells.put("tries", 0, bytes((counter,)))
    assert shown(name, card).told is told


# --- What is on the card. ---


def test_a_card_that_was_never_personalised_is_not_issued():
    card = blank(SMALL)
    card.cells.put("card", 0, bytes(14))
    assert shown(SMALL, card).told is Told.NOT_ISSUED


def test_a_garbled_file_is_named_and_can_be_written_over():
    card, used = in_use("gdw365", 1)
    card.cells.put("params", 20, b"\xff\xff")
    picture = shown("gdw365", card).picture
    assert (picture.garbled, picture.identity, picture.is_blank) == (("params",), None, False)
    assert isinstance(written("gdw365", card, loading(2)), Written)
    assert used.insert(card).added == AMOUNT


def test_a_forged_record_of_a_memory_card_is_garbled_and_the_slot_before_it_counts():
    card, _ = in_use("sle4442", 2)
    newest = 112 if card.cells.get("memory", 112, 2) > card.cells.get("memory", 64, 2) else 64
    card.cells.put("memory", newest + 20, bytes.fromhex("00FFFFFF"))
    assert shown("sle4442", card).picture.wallet == Wallet(AMOUNT, 1)
    card.cells.put("memory", 176 - newest + 20, bytes.fromhex("00FFFFFF"))
    assert shown("sle4442", card).picture.garbled == ("purchase",)
    assert isinstance(written("sle4442", card, loading(3)), Written)
    assert shown("sle4442", card).picture.wallet == Wallet(AMOUNT, 3)


def test_a_record_of_one_memory_card_is_no_record_on_another():
    first, second = blank("sle4442"), blank("sle4442", OTHER_SERIAL)
    written("sle4442", first, loading(1, "open"))
    second.cells.put("memory", 32, first.cells.get("memory", 32))
    assert shown("sle4442", second).picture.garbled == ("purchase",)


def test_a_slot_that_was_written_too_often_is_worn_out():
    card = blank("sle4442")
    written("sle4442", card, loading(1, "open"))
    holder, profile = keys(), profile_named("sle4442")
    record = b"\xff\xff" + card.cells.get("memory", 66, 26)
    mac = holder.cipher("sle4442").mac(
        holder.card_key("sle4442", "purchase", 1, SERIAL), bytes((64, 28)) + record, profile.security.mac_size
    )
    card.cells.put("memory", 64, record + mac)
    outcome = written("sle4442", card, loading(2))
    assert outcome.told is Told.WORN_OUT


def test_a_card_for_another_purpose_is_another_card():
    card = blank("gdw365")
    preset = bytes.fromhex("6806001A") + bytes(26) + bytes.fromhex("2016")
    card.cells.put("params", 0, preset)
    assert shown("gdw365", card) == Refused(Told.OTHER_CARD, "params is of kind 06")


@pytest.mark.parametrize("name", PROFILES)
def test_what_does_not_fit_on_the_card_is_refused_before_the_card_is_touched(name):
    card = blank(name)
    outcome = written(name, card, loading(2**32, "open"))
    assert isinstance(outcome, Refused)
    assert (outcome.told, card.count) == (Told.UNFIT, 0)


def test_a_forged_answer_of_a_card_is_noticed():
    def told(step):
        if isinstance(step, Transmit) and step.label == "read wallet":
            return Answered(bytes(16), 0x9000)
        return None

    assert written(SMALL, blank(SMALL), loading(1, "open"), told=told).told is Told.WRONG_MAC


def test_what_is_read_back_otherwise_than_it_was_written_is_in_doubt():
    card = blank("gdw365")

    def told(step):
        if isinstance(step, Updated) and step.label == "write wallet":
            card.cells.put("wallet", 3, b"\xee")

    assert written("gdw365", card, loading(1, "open"), told=told) == Unknown(
        Told.MISMATCH, "read back wallet"
    )


@pytest.mark.parametrize("status", [0x6982, 0x6581, 0x6F00, 0x6100])
def test_a_bad_status_of_an_update_leaves_the_card_in_doubt(status):
    card = blank(SMALL)
    places = []
    written(
        SMALL,
        card,
        loading(1, "open"),
        told=lambda step: places.append(card.count) if is_update(step) else None,
    )
    card = blank(SMALL)
    card.fault = Fault(places[0], FaultKind.STATUS, status=status)
    assert isinstance(written(SMALL, card, loading(1, "open")), Unknown)


def is_update(step):
    return isinstance(step, Transmit) and step.is_update


# --- A dialogue is sans-I/O: it ends, whatever it is answered, and shows nothing that is secret. ---


def test_a_dialogue_that_has_ended_takes_no_answer():
    dialogue = read_card(profile_named(SMALL), b"")
    with pytest.raises(ValueError, match="has ended"):
        dialogue.answer(Noted())


def test_an_answer_of_the_wrong_kind_is_a_bug_of_the_driver():
    dialogue = read_card(profile_named(SMALL), blank(SMALL).reset())
    with pytest.raises(TypeError, match="select was answered by Granted"):
        dialogue.answer(Granted(b""))


@pytest.mark.parametrize("name", PROFILES)
def test_no_repr_of_a_step_shows_a_key_a_code_or_what_is_sent(name):
    said: list[str] = []
    card, secrets = blank(name), set()
    holder = keys()

    def told(step):
        answer = answered(step, card, holder)
        said.extend((repr(step), repr(answer)))
        if isinstance(step, Ask) and answer.value:
            secrets.add(answer.value.hex())
        return answer

    carried_out(write_card(profile_named(name), card.reset(), loading(1, "open")), card, holder, told)
    secrets.discard("01")
    assert secrets
    assert not [(line, secret) for line in said for secret in secrets if secret in line.lower()]


ANSWERS = st.one_of(
    st.builds(Answered, st.binary(max_size=60), st.sampled_from([0x9000, 0x9000, 0x63C3, 0x6A82, 0x9007])),
    st.builds(Lost, st.sampled_from(Told)),
)


@given(st.sampled_from(PROFILES), st.sampled_from(["read", "write"]), st.lists(ANSWERS), st.randoms())
def test_whatever_a_hostile_card_answers_a_dialogue_ends(name, what, hostile, dice):
    profile, card, holder = profile_named(name), blank(name), keys()
    atr = card.reset()
    # Its own time: beside others it may have to wait for the processor.
    begun = time.thread_time()
    dialogue = read_card(profile, atr) if what == "read" else write_card(profile, atr, loading(1, "open"))
    for _ in range(400):
        step = dialogue.step
        if step is None:
            break
        is_card_s = isinstance(step, Transmit)
        lies = is_card_s and hostile and dice.random() < 0.2
        answer = hostile.pop() if lies else answered(step, card, holder)
        if lies and isinstance(answer, Answered) and step.expected and dice.random() < 0.8:
            answer = Answered(dice.randbytes(step.expected), 0x9000)
        dialogue.answer(answer)
    assert dialogue.outcome is not None
    assert time.thread_time() - begun < 1


def test_the_meter_does_not_take_a_card_whose_writing_was_refused():
    card, used = blank(SMALL), meter(SMALL)
    written(
        SMALL, card, loading(1, "open"), told=lambda s: Lost(Told.STOPPED) if isinstance(s, Shown) else None
    )
    assert used.insert(card).added == 0
