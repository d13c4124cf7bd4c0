"""powertill staff requests | approve | refuse: the second person at the machine, and what she is shown."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from adapters.db import tables as t
from adapters.db.opening import open_database
from adapters.db.views import ViewReader
from gateway.assembly.commands.open_books import open_batch
from gateway.assembly.commands.staff_request_words import order_words, request_lines
from gateway.cli import main
from gateway.config import load_config
from gateway.core.approval import LASTS_US, Approval, ApprovalState
from gateway.core.authority import Function, Grant, Level
from gateway.core.diary import Actor
from gateway.core.hidden import Hidden
from gateway.core.office_answer import ApprovalAsked
from gateway.core.session import EnrolPolicy
from gateway.core.timeline import microseconds
from gateway.core.views_staff import Requests
from gateway.office.authorised import Authorised
from gateway.office.manage_roles import KeepRole
from gateway.office.manage_staff import GiveRoles
from gateway.office.orders import DepositOrder, GiveBackOrder, ResolveOrder, act_of
from gateway.office.rights_orders import GiveRolesOrder
from gateway.office.sign_in import Proof, SignIn

CALL = [sys.executable, "-m", "gateway.cli"]
SEVEN = "deposit/east/ST-7"
PAN = "600727370000000105"
ORDER = DepositOrder("east", 2_000_000, "CNY", "ST-7", covered=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A gateway with an accountant who is signed in and has asked for a deposit; each test has a copy."""
    place = tmp_path_factory.mktemp("made") / "shop"
    assert main(["init", str(place)]) == 0
    config = str(place / "powertill.toml")
    for words in (["standard-roles"], ["add", "ben", "--name", "Ben Okoro", "--role", "accountant"]):
        assert main(["staff", *words, "--config", config]) == 0
    engine = open_database(f"sqlite:///{place / 'var' / 'powertill.db'}")
    with engine.begin() as connection:
        connection.execute(update(t.operator).values(password="a hash", must_change=False))
    engine.dispose()
    with open_batch(load_config(config)) as batch:
        proof = Proof(Hidden("a hash"), None)
        batch.run([SignIn("ben", "s1", "10.0.0.1", proof, EnrolPolicy.NOBODY)])
    ask(place, ORDER)
    return place


def ask(folder, order, reason="as on the statement"):
    """Order something in a browser: it waits for a second person."""
    with open_batch(load_config(str(folder / "powertill.toml"))) as batch:
        by = Actor("ben", "s1", "10.0.0.1")
        (asked,) = batch.run([Authorised(by, act_of(order, reason), order.command("ben", reason))])
    assert isinstance(asked, ApprovalAsked), asked


@pytest.fixture
def shop(made, tmp_path, capsys):
    folder = shutil.copytree(made, tmp_path / "shop")
    capsys.readouterr()
    return folder


@pytest.fixture
def staff(shop, capsys, monkeypatch):
    """Run a command in the shop: its exit code, and what it said."""

    def run(*words):
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        code = main(["staff", *words, "--config", str(shop / "powertill.toml")])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def rows(shop):
    engine = open_database(f"sqlite:///{shop / 'var' / 'powertill.db'}")
    found = ViewReader(engine).rows(Requests(0))
    engine.dispose()
    return found


def age(shop, us):
    """Let the request be so much older."""
    engine = open_database(f"sqlite:///{shop / 'var' / 'powertill.db'}")
    with engine.begin() as connection:
        # What was asked for can never be changed; so the test takes the guard away.
        for name in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'approval'"
        ).scalars():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(update(t.approval).values(asked_us=t.approval.c.asked_us - us))
    engine.dispose()


# -- what waits ------------------------------------------------------------------------------------------


def test_a_request_is_shown_with_all_that_decides_it(staff):
    code, said, _ = staff("requests")
    assert code == 0
    assert re.fullmatch(
        "Reference     deposit/east/ST-7\n"
        "Order         book a deposit of 20,000.00 CNY to the float of bank east, under\n"
        "              ST-7\n"
        "Amount        20,000.00 CNY\n"
        "Why           as on the statement\n"
        r"Asked by      ben, \d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? \(Asia/Shanghai\)" + "\n"
        r"Until         \d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? \(Asia/Shanghai\)" + "\n"
        "State         waits\n"
        "\n"
        "1 waiting\n",
        said,
    )


def test_a_list_for_programs_has_the_order_and_moments_in_utc(staff, shop):
    (found,) = json.loads(staff("requests", "--json")[1])
    (row,) = rows(shop)
    asked = datetime.fromtimestamp(row.asked_us // 1_000_000, UTC)
    assert datetime.fromisoformat(found["asked_at"]).replace(microsecond=0) == asked
    assert found["order"] == {
        "bank": "east",
        "amount_minor": 2_000_000,
        "currency": "CNY",
        "reference": "ST-7",
        "covered": True,
    }
    assert (found["reference"], found["state"], found["is_over"]) == (SEVEN, "asked", False)
    assert (found["amount_minor"], found["currency"], found["asked_by"]) == (2_000_000, "CNY", "ben")


def test_what_is_decided_or_too_old_is_listed_when_it_is_asked_for(staff, shop):
    staff("refuse", SEVEN, "--reason", "not on the statement", "--as", "anna")
    assert staff("requests")[1] == "nothing waits\n"
    said = staff("requests", "--all")[1]
    assert re.search(r"^State         refused by local:anna, \d{4}-", said, re.MULTILINE)
    assert "\nOutcome       not on the statement\n" in said
    ask(shop, replace(ORDER, reference="ST-8"))
    age(shop, LASTS_US)
    assert staff("requests")[1] == "nothing waits\n"
    assert json.loads(staff("requests", "--json")[1]) == []
    assert "\nState         too old: it must be asked for anew\n" in staff("requests", "--all")[1]


# -- approved --------------------------------------------------------------------------------------------


def test_it_is_shown_then_carried_out_once(staff, shop):
    code, said, _ = staff("approve", SEVEN, "--yes", "--as", "anna", "--reason", "seen at the bank")
    assert code == 0
    assert said.startswith("Reference     deposit/east/ST-7\nOrder         book a deposit of 20,000.00 CNY")
    assert re.search(r"\n\nApproved, and carried out\.\nBooked as     \d+\n$", said)
    (row,) = rows(shop)
    assert (row.state, row.decided_by) == (ApprovalState.APPROVED, "local:anna")
    assert row.outcome == "seen at the bank"
    code, said, complaint = staff("approve", SEVEN, "--yes", "--as", "anna")
    assert code == 1
    assert complaint.startswith("powertill staff: deposit/east/ST-7: the request was decided already")
    assert main(["check", "--config", str(shop / "powertill.toml")]) == 0


@pytest.mark.parametrize("name", ["ben", "BEN", "local:ben"])
def test_nobody_approves_her_own_and_it_goes_on_waiting(staff, shop, name):
    code, _, complaint = staff("approve", SEVEN, "--yes", "--as", name)
    assert code == 1
    assert "nobody approves her own request; ask somebody else; nothing was changed" in complaint
    assert rows(shop)[0].state is ApprovalState.ASKED
    line = json.loads(staff("diary", "--last", "1", "--json")[1])[0]
    assert (line["action"], line["outcome"]) == ("approve", "refused")


def test_what_is_too_old_is_not_approved(staff, shop):
    age(shop, LASTS_US)
    code, _, complaint = staff("approve", SEVEN, "--yes", "--as", "anna")
    assert (code, "it must be asked for anew" in complaint) == (1, True)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["approve", SEVEN], 2, "--yes: there is nobody to ask; cure: say that it is meant"),
        (["approve", "deposit/east/none", "--yes"], 2, "deposit/east/none: no such request"),
        (["approve", "%", "--yes"], 2, "%: no such request"),
        (["approve", SEVEN, "--yes", "--reason", ""], 2, "--reason: a reason is needed"),
        (["refuse", SEVEN], 2, "--reason"),
        (["refuse", SEVEN, "--reason", "x" * 201], 2, "--reason: a reason is needed, in one sentence"),
        (["refuse", "x\x1b[2J", "--reason", "why"], 2, "REFERENCE: must be the reference of a request"),
        (["refuse", "none", "--reason", "why"], 2, "none: no such request"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_leaves_it_waiting(staff, shop, words, code, sentence):
    ended, _, complaint = staff(*words, "--as", "anna")
    assert ended == code
    assert sentence in complaint
    assert complaint.count("\n") == 1
    assert rows(shop)[0].state is ApprovalState.ASKED


@pytest.mark.parametrize(("typed", "code"), [("yes", 0), (" YES ", 0), ("y", 1), ("", 1), ("no", 1)])
def test_on_a_terminal_it_is_asked_whether_it_is_meant(shop, typed, code):
    ours, theirs = pty.openpty()
    words = ["approve", SEVEN, "--as", "anna", "--config", str(shop / "powertill.toml")]
    running = subprocess.Popen([*CALL, "staff", *words], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    while b"Type yes to approve it: " not in seen:
        seen += os.read(ours, 1_000)
    assert b"20,000.00 CNY" in seen
    os.write(ours, typed.encode() + b"\n")
    assert running.wait(60) == code
    os.close(ours)
    assert (rows(shop)[0].state is ApprovalState.APPROVED) is (code == 0)


def test_an_order_that_the_books_refuse_now_leaves_the_request_as_it_is(staff, shop):
    order = GiveBackOrder("pay/east/r1", "east", PAN, 5_000)
    engine = open_database(f"sqlite:///{shop / 'var' / 'powertill.db'}")
    act = act_of(order, "he moved away")
    with engine.begin() as connection:
        asked = rows(shop)[0]
        connection.execute(
            t.approval.insert().values(
                reference="back", function=act.function.value, kind=act.kind, order_text=act.order,
                digest=act.digest, subject=act.subject, amount_minor=5_000, about="", reason=act.reason,
                asked_by="ben", asked_us=asked.asked_us, state="asked", decided_by="", outcome="",
            )
        )  # fmt: skip
    engine.dispose()
    code, said, complaint = staff("approve", "back", "--yes", "--as", "anna")
    assert (code, "Approved" in said) == (1, False)
    assert complaint.endswith("; nothing was changed\n")
    assert {row.state for row in rows(shop)} == {ApprovalState.ASKED}


# -- an order in words -----------------------------------------------------------------------------------


def request(order, **changes) -> Approval:
    act = act_of(order, "he moved away")
    usual = Approval(
        reference="r1", function=act.function.value, kind=act.kind, order=act.order, digest=act.digest,
        subject=act.subject, amount_minor=act.amount_minor, about=act.about, reason=act.reason,
        asked_by="ben", asked_us=microseconds(datetime(2026, 11, 25, 2, tzinfo=UTC)),
    )  # fmt: skip
    return replace(usual, **changes)


def test_each_kind_of_order_says_what_is_carried_out():
    resolve = ResolveOrder(7, "credit_overdue", "reversed", "pay/east/r1", "east", PAN, 5_000)
    watched = ResolveOrder(8, "notice_given_up", "settled", "sale-4", "", "", 0)
    back = GiveBackOrder("pay/east/r1", "east", PAN, 5_000)
    assert [order_words(request(one), "CNY") for one in (back, resolve, watched)] == [
        "give 50.00 CNY back to bank east, for payment pay/east/r1",
        (
            "close exception 7 (credit_overdue) of payment pay/east/r1, bank east: reversed, "
            "the payment is given back to the bank"
        ),
        "close exception 8 (notice_given_up) of sale-4: settled, it was put right outside",
    ]


def test_an_order_of_a_newer_program_says_that_it_cannot_be_read():
    assert order_words(request(ORDER, kind="teleport"), "CNY").startswith("cannot be read here: ")


def test_a_meter_is_named_as_it_is_on_its_face_and_nothing_steers_the_terminal(shop):
    config = load_config(str(shop / "powertill.toml"))
    order = GiveBackOrder("pay/east/\x1b[2J", "east", PAN, 5_000)
    said = "\n".join(request_lines(request(order), config, 0))
    assert "\nAbout         meter 37000000010\n" in said
    assert "pay/east/\\x1b[2J" in said
    assert "\x1b" not in said


def test_who_approves_roles_at_the_machine_sees_them_before_and_after(shop, staff):
    assert staff("add", "zoe", "--name", "Zoe", "--role", "cashier")[0] == 0
    with open_batch(load_config(str(shop / "powertill.toml"))) as batch:
        gives = {Function.ROLES: Grant(Level.DO)}
        giver = GiveRoles("local:root", "given", "ben", 2, ("giver",))
        batch.run([KeepRole("local:root", "role", "giver", 0, "Giver", gives), giver])
    ask(shop, GiveRolesOrder("zoe", 2, "auditor", "n"))
    code, told, _ = staff("approve", "office/ben/n", "--as", "root", "--yes")
    assert code == 0
    assert "Branch        all\nRoles now     cashier\nRoles then    auditor\nChanges       " in told
    changes = " ".join(told.split())
    assert "shifts: do → view" in changes
    assert "show_token: view → none" in changes
    assert "Amount" not in told
