"""What the diary keeps is said to a reader: rights, fields, refusals and references, in her language."""

import logging
import string
import unittest
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from admin_web.cells import Link
from admin_web.diary_changes import Telling
from admin_web.diary_details import detail_said
from admin_web.diary_words import subject_of, subject_said
from admin_web.shown import Shown
from admin_web.words import words_of
from gateway.core.diary import Action, DiaryRow, plain
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.person import REASON_MAX
from tests.builders import ZONE

ROLES = {"cashier": "Cashier", "auditor": "Auditor"}
NAME = """a\\b 'c' "d\""""
HASH = "c4bbf65d4c02c4bbf65d4c02c4bbf65d4c02c4bbf65d4c02c4bbf65d4c02aaaa"


def telling(language="en"):
    words = words_of(language)
    return Telling(words, Shown(words.locale, ZONE), "CNY", ROLES)


def row(detail, function="operators", action=Action.CHANGE, subject="ana"):
    return DiaryRow(1, 0, "ada", "", "", function, action.value, subject, "done", detail)


def said(detail, language="en", **changes):
    return detail_said(row(detail, **changes), telling(language))


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (
            "customer 2000000048, supply point 2000000048-1: registered",
            "customer 2000000048, supply point 2000000048-1: waits for its meter",
        ),
        ("supply point EAST-7-2: applied", "supply point EAST-7-2: applied for"),
        ("moved; 2000000048: corrected: address, area", "moved; 2000000048: Corrected: Address, Area"),
        ("2000000048-1: meter 600727070000091134 installed", "2000000048-1: meter 07000009113 is installed"),
        ("area east: registered", "Area east: Registered"),
        ("moved; way of 600727070000091134: corrected", "moved; way to meter 07000009113 changed"),
        ("group east: registered", "group east entered"),
        ("schedule nightly: corrected", "schedule nightly changed"),
        (
            "ways: 3 new, 1 changed, 0 same, 2 refused",
            "ways: 3 entered, 1 changed, 0 as they were, 2 refused",
        ),
        (
            "relay 12 for 600727070000091134: unknown",
            "order 12 (relay) for meter 07000009113: not known yet",
        ),
        ("relay 12 for 600727070000091134: blown_up", "relay 12 for 600727070000091134: blown_up"),
        ("a: corrected: nothing_of_ours", "a: corrected: nothing_of_ours"),
        ("area east: blown up", "area east: blown up"),
    ],
)
def test_what_was_done_with_a_file_is_said_in_words(kept, words):
    assert said(kept, function="amendment") == words


@pytest.mark.parametrize(
    ("function", "subject", "detail", "words", "path"),
    [
        (
            "registration",
            "new customer",
            "customer A-7, supply point A-7-1: applied",
            "new customer",
            "/customers/A-7",
        ),
        ("registration", "new customer", "no price", "new customer", None),
        ("amendment", "customer A-7", "", "Customer A-7", "/customers/A-7"),
        ("installation", "supply point A-7-1", "", "Supply point A-7-1", "/supply-points/A-7-1"),
        ("dictionary", "east", "", "east", "/network/east"),
    ],
)
def test_a_line_about_a_file_leads_to_it(function, subject, detail, words, path):
    cell = subject_of(row(detail, function=function, subject=subject), telling())
    assert cell == (words if path is None else Link(words, path))


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ("name: 'Ana', branch: None", "Name: Ana; Branch: all branches"),
        ("branch: None → 'north'", "Branch: all branches → north"),
        ("state: 'active' → 'left'", "State: still there → has left"),
        ("must_change: True → False", "Has to choose another password: yes → no"),
        ("language: 'en' → 'zh'", "Language: English → 中文"),
        ("roles: () → ('cashier', 'night')", "Roles: none → Cashier, night"),
        ("roles: ('cashier',) → ()", "Roles: Cashier → none"),
        ("valid_until_us: None → 0", "May come until: without an end → 1970-01-01 08:00:00 +08:00"),
        ('name: "O\'Hara, branch: None"', "Name: O'Hara, branch: None"),
        (
            "rights: floats: do → none; state: 'left' → 'active'",
            "Floats: do → nothing; State: has left → still there",
        ),
        (f"name: {NAME!r}", f"Name: {NAME}"),
    ],
)
def test_fields_that_changed_are_said_in_words(kept, words):
    assert said(kept) == words


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ("floats: none → do up to 50000", "Floats: nothing → do up to CN¥500.00"),
        ("rights: keys: do → none, diary: none → view", "Vending keys: do → nothing; Diary: nothing → see"),
        ("floats: do → approve up to 50 and do", "Floats: do → approve up to CN¥0.50 and do"),
        ("new_function: none → view", "new_function: none → view"),
    ],
)
def test_rights_that_changed_are_said_in_words(kept, words):
    assert said(kept, function="roles", subject="cashier Cashier") == words


def test_a_reason_stands_as_it_was_written():
    reason = "she leaves; for good: see the letter; floats"
    assert said(reason) == reason


@pytest.mark.parametrize("refusal", [OfficeRefusal.TWICE_AT_ONCE, OfficeRefusal.UNKNOWN_METER])
def test_a_refusal_is_said_in_the_reader_s_language(refusal):
    kept = f"as agreed; {NotDone(refusal).sentence}"
    assert said(kept) == kept
    assert said(kept, "zh") == f"as agreed; {words_of('zh').say(refusal.value)}"
    assert said(kept, "zh") != kept


def test_the_detail_of_a_refusal_is_said_as_well():
    refusal = NotDone(OfficeRefusal.NOT_ALLOWED, "floats: do")
    assert said(refusal.sentence).endswith("(Floats: do)")
    assert said("right: view") == "the right is missing: see"


def test_a_step_of_a_request_leads_to_it_and_does_not_repeat_its_reference():
    detail = "office/ada/n1; asked by ada; as agreed; roles: () → ('cashier',)"
    line = row(detail, function="roles", action=Action.APPROVE, subject="ana: cashier")
    assert detail_said(line, telling()) == "asked for by ada; as agreed; Roles: none → Cashier"
    assert subject_of(line, telling()) == Link("ana: Cashier", "/requests/office/ada/n1")
    asks = row("as agreed; office/ada/n1", function="roles", action=Action.ASK, subject="ana: cashier")
    assert detail_said(asks, telling()) == "as agreed"
    assert subject_of(asks, telling()) == Link("ana: Cashier", "/requests/office/ada/n1")


def test_the_second_step_of_a_life_of_its_own_is_no_request():
    detail = f"tariff domestic 2027-01, from 2026-12-31T16:00:00+00:00, sha256 {HASH}"
    line = row(detail, function="tariffs", action=Action.APPROVE, subject="domestic, version 2027-01")
    words = "version 2027-01 of the tariff domestic, in force from 2027-01-01 00:00:00 +08:00"
    assert detail_said(line, telling()) == f"{words}, SHA-256 c4bbf65d4c02…"


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ("'Hall' of west, open → 'Hall' of west, closed", "“Hall”, west, open → “Hall”, west, closed"),
        ("shift 3 of li-na", "shift 3 of li-na"),
        (f"6 meters, 1 to 6, sha256 {HASH}", "6 meters, from 1 to 6, SHA-256 c4bbf65d4c02…"),
        ("a code to let it in was made", "a code to let the station in was made"),
        (
            f"let in by a code of local:ann, certificate 0a1b; rows: certificate 0a1b sha256 {HASH}",
            "let in by a code that local:ann has made, certificate 0a1b",
        ),
        ("certificate 0c in place of 0a1b", "certificate 0c in place of 0a1b"),
        ("certificate 0c of n1 taken back", "certificate 0c of n1 taken back"),
        ("credit_overdue: settled", "A credit has waited for too long: settled: it was put right outside"),
    ],
)
def test_what_else_is_kept_as_codes_is_said_in_words(kept, words):
    assert said(kept) == words


@pytest.mark.parametrize(
    ("subject", "function", "words"),
    [
        ("pay/west/w1", "reversals", "west, w1"),
        ("FLOAT:east slip-77", "floats", "east, slip-77"),
        ("cashier Cashier", "roles", "Cashier"),
        ("ana: -", "roles", "ana: none"),
        ("1 credit_overdue pay/west/w1", "exceptions", "exception 1: A credit has waited for too long"),
        ("GET /ledger", "ledger", "GET /ledger"),
        ("ana", "operators", "ana"),
    ],
)
def test_what_a_line_is_about_is_said_in_words(subject, function, words):
    assert subject_said(row("", function=function, subject=subject), telling()) == words


def test_a_detail_that_was_cut_is_still_said_as_far_as_it_goes():
    cut = plain("office/ada/n1; asked by ada; " + "rights: " + "keys: do → none, " * 99, 1_000)
    line = row(cut, function="roles", action=Action.APPROVE)
    words = detail_said(line, telling())
    assert words.startswith("asked for by ada; Vending keys: do → nothing; ")
    assert words.endswith("; Vending keys: do → nothing; …")


def test_nothing_is_said_of_nothing():
    assert said("") == ""


#: What begins as words of ours do, and what somebody may type behind it.
OURS = (
    "", "name: ", "name: '", "must_change: ", "branch: 'north' → ", "roles: ('cashier', ", "valid_until_us: ",
    "rights: floats: do up to ", "right: ", "a new password; ", "as agreed; ", "asked by ", "rows: ",
    "shift 3 of ", "tariff a b, from ", "key 3 of 201457, revision 2, check value A1, from ", "'Hall' of ",
    "credit_overdue: ", f"{NotDone(OfficeRefusal.NOT_ALLOWED).sentence} (",
)  # fmt: skip
PRINTABLE = st.text(st.characters().filter(str.isprintable) | st.sampled_from(string.printable[:95]))
MOMENT = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}\Z"
TYPED = (
    PRINTABLE
    | st.sampled_from(("007", r"'\x'", r"'\N{a}'", "-0", "9" * 25, "9" * 19, "('a''b')", "()", "'\u2028'"))
    | st.from_regex(MOMENT).map(lambda moment: f"{moment}, sha256 {HASH}")
    | st.from_regex(MOMENT).map(lambda moment: f"{moment}, no end, no limit, sha256 {HASH}")
)
LINES = (
    (Action.CHANGE, "operators", "{}"),
    (Action.CHANGE, "operators", "{}; a new password; must_change: False → True"),
    (Action.ASK, "roles", "{}; office/ada/n1"),
    (Action.APPROVE, "roles", "office/ada/n1; asked by ada; {}; roles: () → ('cashier',)"),
    (Action.REFUSE, "roles", "office/ada/n1; {}"),
    (Action.EXPORT, "export", "{}"),
)


@given(ours=st.sampled_from(OURS), typed=TYPED, line=st.sampled_from(LINES))
@example(ours="tariff a b, from ", typed=f"2026-13-01T00:00:00+00:00, sha256 {HASH}", line=LINES[0])
@example(ours="tariff a b, from ", typed=f"0001-01-01T00:00:00+23:00, sha256 {HASH}", line=LINES[0])
@example(ours="tariff a b, from ", typed=f"9999-12-31T23:00:00+00:00, sha256 {HASH}", line=LINES[0])
@example(ours="must_change: ", typed="007", line=LINES[0])
@example(ours="name: ", typed=r"'\N{a}'", line=LINES[0])
def test_whatever_is_typed_as_a_reason_is_shown(ours, typed, line):
    action, function, detail = line
    reason = (ours + typed)[:REASON_MAX].strip()
    kept = row(detail.format(reason.replace("; ", ", ")), function=function, action=action)
    # The fence around it would hide what fails, but for its line.
    with unittest.TestCase().assertNoLogs("powertill.office", logging.WARNING):
        for language in ("en", "zh"):
            words = detail_said(kept, telling(language))
            assert words or not reason


def test_a_line_that_cannot_be_said_stands_as_it_is_kept_and_the_log_has_its_number_alone(
    monkeypatch, caplog
):
    def breaks(*_):
        raise ValueError("as agreed, between us")

    monkeypatch.setattr("admin_web.diary_details.without_rows", breaks)
    assert said("as agreed, between us") == "as agreed, between us"
    (record,) = caplog.records
    assert record.fields == {"line": 1, "fault": "ValueError"}
    assert "agreed" not in caplog.text


@pytest.mark.parametrize(
    ("kept", "changes"),
    [
        ("a new password; office/ada/n1", {"function": "roles", "action": Action.ASK}),
        ("office/ada/n1; a new password", {"function": "roles", "action": Action.REFUSE}),
        ("a new password; as agreed", {}),
        ("asked by eve", {}),
    ],
)
def test_a_reason_that_looks_like_words_of_ours_stands_as_it_was_typed(kept, changes):
    assert said(kept, "zh", **changes) in kept
    assert said(kept, "zh", **changes)


def test_the_reason_for_a_new_password_is_not_said_as_if_the_program_had_said_it():
    kept = "no authenticator; a new password; must_change: False → True"
    ours = words_of("zh").say("a new password")
    assert said(kept, "zh").startswith(f"no authenticator; {ours}; ")


def test_at_the_machine_what_is_told_has_no_reason_before_it():
    kept = replace(row("a new password; must_change: False → True"), actor="local:ada")
    assert detail_said(kept, telling("zh")).startswith(words_of("zh").say("a new password"))
