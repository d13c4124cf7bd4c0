"""powertill tariff draft, approve, withdraw, list and show, on a shop of their own."""

from __future__ import annotations

import json
import os
import pwd
import re
from datetime import UTC, datetime, timedelta

import pytest

import schemas
from adapters.db.opening import open_database
from adapters.db.registry import Registry
from adapters.db.tariff_rows import enter_version
from gateway.assembly.commands.tariff_words import _ANSWERS, _OPTIONS
from gateway.assembly.parts import build_database
from gateway.assembly.town import enter_town
from gateway.cli import main
from gateway.config import load_config
from gateway.core.tariff_rules import _SENTENCES, TariffRefusal
from gateway.multi_tariff.note_unread_tariff import NoteUnreadTariff
from gateway.simulators.town import demo_town
from tests.builders import posting_batch
from tests.multi_tariff.builders import BODY, approved, body, draft

LOGIN = pwd.getpwuid(os.getuid()).pw_name
NAMED = ("--power-type", "domestic", "--version", "domestic-2")
FROM = ("--from", "2199-01-01 00:00")


@pytest.fixture
def shop(tmp_path, capsys):
    folder = tmp_path / "shop"
    assert main(["init", str(folder)]) == 0
    engine = open_database(f"sqlite:///{folder / 'var' / 'powertill.db'}")
    enter_town(Registry(engine), demo_town(5))
    engine.dispose()
    (folder / "domestic.json").write_text(json.dumps(schemas.load("tariff/domestic.json")))
    capsys.readouterr()
    return folder


@pytest.fixture
def powertill(shop, capsys, monkeypatch):
    """Run a command in the shop: its exit code, and what it said."""
    monkeypatch.chdir(shop)

    def run(*words):
        code = main(["tariff", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def in_some(**time):
    return (datetime.now(UTC) + timedelta(**time)).isoformat(timespec="seconds")


def enter(shop, *versions):
    engine = open_database(f"sqlite:///{shop / 'var' / 'powertill.db'}")
    with engine.begin() as connection:
        for version in versions:
            enter_version(connection, version)
    engine.dispose()


def drafted(powertill, *more, begins=None):
    moment = begins or in_some(days=10)
    return powertill("draft", "domestic.json", *NAMED, "--from", moment, *more)


# -- the way of a version --------------------------------------------------------------------------------


def test_a_draft_says_what_it_is_and_who_has_to_do_what_next(powertill):
    code, said, complaint = drafted(powertill, "--as", "li", begins="2030-01-01 00:00")
    assert (code, complaint) == (0, "")
    assert said == (
        "Drafted       domestic, version domestic-2\n"
        "From          2030-01-01 00:00 (Asia/Shanghai)\n"
        "Drafted by    li\n"
        "\n"
        "It prices nothing yet. Next, another person looks at it and approves it:\n"
        "  powertill tariff show --power-type domestic --version domestic-2\n"
        "  powertill tariff approve --power-type domestic --version domestic-2\n"
    )


def test_the_next_commands_name_the_configuration_that_was_named(powertill, shop):
    _, said, _ = drafted(powertill, "--config", str(shop / "powertill.toml"))
    assert said.count(f"--config {shop / 'powertill.toml'}\n") == 2


def test_a_version_is_drafted_approved_and_listed_with_both_names(powertill):
    drafted(powertill, "--as", "li", begins="2030-01-01T00:00+08:00")
    code, said, _ = powertill("approve", *NAMED, "--as", "zhang")
    assert code == 0
    assert said.startswith("Approved      domestic, version domestic-2\n")
    assert "Approved by   zhang\n" in said
    assert said.endswith("A running gateway takes it within seconds, and sells by it from its moment on.\n")
    code, said, _ = powertill("list")
    lines = [re.split(r"  +", line) for line in said.splitlines()]
    head = ["Power type", "Version", "From (Asia/Shanghai)", "State", "Drafted by", "Approved by"]
    assert lines[0] == head
    assert lines[3:] == [
        ["domestic", "domestic-1", "2020-01-01 08:00", "in force", "set-up", "set-up"],
        ["domestic", "domestic-2", "2030-01-01 00:00", "approved", "li", "zhang"],
    ]


def test_a_version_is_withdrawn_with_its_reason(powertill):
    drafted(powertill, "--as", "li")
    powertill("approve", *NAMED, "--as", "zhang")
    code, said, _ = powertill("withdraw", *NAMED, "--reason", "the levy is 2 %", "--as", "wang")
    assert code == 0
    assert said.endswith("Withdrawn by  wang\nReason        the levy is 2 %\n")
    _, said, _ = powertill("list", "--power-type", "domestic")
    assert re.search(r"domestic-2 .* withdrawn +li +zhang +wang +the levy is 2 %\n", said)


def test_who_acts_is_the_login_name_where_nobody_else_is_named(powertill, monkeypatch):
    monkeypatch.setenv("LOGNAME", "somebody")
    assert f"Drafted by    {LOGIN}\n" in drafted(powertill)[1]
    code, _, complaint = powertill("approve", *NAMED)
    assert code == 1
    assert complaint == (
        f"powertill tariff: domestic, version domestic-2, {LOGIN}: who drafted a version cannot approve it; "
        f"ask another person ({LOGIN}); nothing was changed\n"
    )


def test_a_user_without_a_login_name_must_say_who_he_is(powertill, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_001)
    code, _, complaint = drafted(powertill)
    assert (code, complaint) == (
        2, "powertill tariff: --as: you have no login name on this machine; cure: --as NAME\n"
    )  # fmt: skip


def test_what_is_shown_can_be_drafted_again(powertill, shop):
    drafted(powertill)
    code, said, _ = powertill("show", *NAMED)
    assert code == 0
    assert json.loads(said) == schemas.load("tariff/domestic.json")
    (shop / "again.json").write_text(said)
    options = ("--power-type", "domestic", "--version", "domestic-3", "--from", in_some(days=11))
    assert powertill("draft", "again.json", *options)[0] == 0


def test_a_version_that_is_not_there_cannot_be_shown(powertill):
    code, _, complaint = powertill("show", *NAMED)
    assert code == 2
    assert "'domestic' has no version 'domestic-2'; cure: see powertill tariff list" in complaint


def test_where_there_is_no_version_the_list_says_so(powertill):
    assert powertill("list", "--power-type", "street") == (
        0,
        "there is no tariff version of street yet\n",
        "",
    )


def test_every_state_is_listed_in_its_word(powertill, shop):
    enter(
        shop,
        draft("past", from_moment=datetime(2021, 1, 1, tzinfo=UTC)),
        approved("coming", from_moment=datetime(2199, 1, 1, tzinfo=UTC)),
        approved("old", from_moment=datetime(2019, 1, 1, tzinfo=UTC)),
        draft("wanted", from_moment=datetime(2198, 1, 1, tzinfo=UTC)),
    )
    _, said, _ = powertill("list", "--power-type", "domestic")
    stands = {line.split()[1]: re.split(r"  +", line)[3] for line in said.splitlines()[2:]}
    assert stands == {
        "old": "replaced",
        "domestic-1": "in force",
        "past": "draft, lapsed",
        "wanted": "draft",
        "coming": "approved",
    }


# -- what is refused, and where --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("--version", "a b"), "--version: must be 1 to 40 of letters"),
        (("--power-type", "a:b"), "--power-type: must be 1 to 40 of letters"),
        (("--version", "domestic-1"), "--version: this power type has a version of that name"),
        (("--from", "2020-01-01 00:00"), "--from: must lie ahead"),
        (("--from", "2198-01-01"), "--from: lies more than 3660 days ahead"),
        (("--as", ""), "--as: must be a name of 1 to 64 printable characters"),
        (("--as", "a\x1b[2J"), "--as: must be a name"),
    ],
)
def test_a_wrong_option_is_named(powertill, change, words):
    code, _, complaint = drafted(powertill, *change)
    assert code == 2
    assert complaint.startswith(f"powertill tariff: {words}")
    assert complaint.endswith("nothing was changed\n")


@pytest.mark.parametrize(
    "moment", ["tomorrow", "2027-13-01", "2027-1-1", "1-1-2027", "2027-01-01 25:00", "20270101"]
)
def test_what_is_no_moment_is_refused_with_an_example(powertill, moment):
    code, _, complaint = drafted(powertill, begins=moment)
    assert code == 2
    assert 'argument --from: must be a moment such as "2027-01-01 00:00"' in complaint


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2027-03-28 02:30", "does not come in Europe/Berlin"),
        ("2027-10-31 02:30", "comes twice in Europe/Berlin"),
    ],
)
def test_a_moment_that_the_clock_does_not_show_once_is_refused(powertill, shop, moment, words):
    file = shop / "powertill.toml"
    file.write_text(file.read_text().replace("Asia/Shanghai", "Europe/Berlin"))
    code, _, complaint = drafted(powertill, begins=moment)
    assert code == 2
    assert words in complaint
    offset = re.search(r"such as (\S+)\n", complaint)
    assert offset
    assert drafted(powertill, "--new-timezone", begins=offset[1])[0] == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (body(energy={"kind": "flat", "rate": 0.5}), "d.json: energy.rate: must be a decimal as text"),
        (body(colour="red"), "d.json: colour: is not a key of a tariff"),
        (body(currency="IDR"), "d.json: currency: is not the currency that is sold in"),
        (body(timezone="Asia/Jakarta"), "d.json: timezone: its months would begin in another zone than now"),
        ("{", "d.json: is not JSON: line 1, column 2"),
        ('{"a": 1, "a": 2}', "d.json: a: is there twice"),
        (b"\xff\xfe", "FILE: d.json is not UTF-8; cure: save it as such"),
        (" " * 70_000, "FILE: d.json has more than 65536 bytes"),
    ],
)
def test_a_wrong_file_is_refused_by_the_path_of_the_field(powertill, shop, content, words):
    (shop / "d.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    code, _, complaint = powertill("draft", "d.json", *NAMED, "--from", in_some(days=1))
    assert (code, complaint.startswith(f"powertill tariff: {words}")) == (2, True), complaint


def test_a_file_that_is_not_there_is_named(powertill):
    code, _, complaint = powertill("draft", "nix.json", *NAMED, *FROM)
    assert (code, "FILE: nix.json: No such file" in complaint) == (2, True)


def test_a_file_with_a_mark_of_its_byte_order_is_read(powertill, shop):
    (shop / "domestic.json").write_bytes(b"\xef\xbb\xbf" + BODY.encode())
    assert drafted(powertill)[0] == 0


def test_another_zone_is_taken_when_it_is_meant(powertill, shop):
    (shop / "domestic.json").write_text(body(timezone="Asia/Jakarta"))
    assert "cure: correct it, or say that it is meant: --new-timezone" in drafted(powertill)[2]
    code, _, complaint = drafted(powertill, "--new-timezone")
    assert (code, complaint) == (
        0, "note: its months begin in another zone than those of the version before it\n"
    )  # fmt: skip


def test_a_misspelled_power_type_is_noted(powertill):
    code, _, complaint = drafted(powertill, "--power-type", "domstic")
    assert code == 0
    assert complaint == (
        "note: it is the first of its power type: until it is in force nothing is sold to these meters\n"
        "note: no meter has this power type yet; see that its name is spelled as in the meters' files\n"
    )


def test_the_answer_no_has_another_exit_code_than_wrong_input(powertill):
    assert powertill("approve", *NAMED)[0] == 2
    drafted(powertill, "--as", "li", begins=in_some(seconds=50))
    code, _, complaint = powertill("approve", *NAMED, "--as", "zhang")
    assert code == 1
    assert (
        "domestic, version domestic-2: its moment has passed, or comes in less than 60 seconds" in complaint
    )
    first = ("--power-type", "domestic", "--version", "domestic-1", "--reason", "x")
    code, _, complaint = powertill("withdraw", *first)
    assert code == 1
    assert "domestic, version domestic-1: the version has been in force, so it stays" in complaint


def test_a_version_damaged_since_it_was_drafted_is_named_when_it_is_approved(powertill, shop):
    moment = datetime.now(UTC) + timedelta(days=1)
    enter(shop, draft("domestic-2", from_moment=moment, body=body(colour="red")))
    code, _, complaint = powertill("approve", *NAMED)
    assert (code, complaint) == (
        2, "powertill tariff: the tariff: colour: is not a key of a tariff; nothing was changed\n"
    )  # fmt: skip


def test_a_version_that_the_gateway_cannot_read_stands_among_the_exceptions(shop, capsys):
    config = load_config(str(shop / "powertill.toml"))
    engine = build_database(config)
    note = NoteUnreadTariff(approved("domestic-2"), "colour: is not a key of a tariff")
    posting_batch(engine, secret=config.ledger.chain_key.reveal()).run([note])
    engine.dispose()
    assert main(["exceptions", "--config", str(shop / "powertill.toml")]) == 0
    said = capsys.readouterr().out
    assert "  tariff domestic/domestic-2\n" in said
    assert said.endswith("1 to look at\n")


def test_every_refusal_has_a_sentence_and_a_place():
    assert set(_SENTENCES) == set(TariffRefusal)
    assert set(TariffRefusal) > _ANSWERS
    assert {"power_type", "version", "from_moment", "reason"} < set(_OPTIONS)
