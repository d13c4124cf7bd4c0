"""powertill staff: the people of the office from this machine; what is printed, refused, kept and told."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from adapters.db import tables as t
from adapters.db.opening import open_database
from adapters.db.views import ViewReader
from adapters.people.passwords import Passwords
from gateway.assembly.commands.open_books import open_batch
from gateway.cli import main
from gateway.config import load_config
from gateway.core.hidden import Hidden
from gateway.core.people_told import without_rows
from gateway.core.session import EnrolPolicy, Stage
from gateway.core.staff import StaffState
from gateway.core.timeline import microseconds
from gateway.core.views_staff import Branches, Operators, Roles, Sessions, Stations
from gateway.office.sign_in import Proof, SignIn

CALL = [sys.executable, "-m", "gateway.cli"]
WORDS = "correct horse battery"
OTHER = "three other words"
_names = itertools.count(1)


class Shop:
    """A gateway's folder, the commands in it, and its books for looking."""

    def __init__(self, folder, capsys, monkeypatch):
        self.config = folder / "powertill.toml"
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *words, stdin=""):
        """Run a staff command: its exit code, and what it said; no password is ever among it."""
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = main(["staff", *words, "--config", str(self.config)])
        said = self._capsys.readouterr()
        for password in (WORDS, OTHER, "argon2"):
            assert password not in said.out + said.err
        return code, said.out, said.err

    def done(self, *words, **more):
        code, said, complaint = self(*words, **more)
        assert code == 0, complaint
        return said

    def books(self):
        config = load_config(str(self.config))
        password = config.database_password
        return open_database(config.database_url, password and password.reveal())

    def rows(self, query):
        engine = self.books()
        found = ViewReader(engine).rows(query)
        engine.dispose()
        return found

    def person(self, login):
        (found,) = self.rows(Operators(login=login))
        return found

    def diary(self, *words):
        return json.loads(self.done("diary", "--json", *words))

    def administrator(self, login="anna"):
        return self.done(
            "add-administrator", login, "--name", "Anna Smith", "--password-stdin", stdin=WORDS + "\n"
        )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A new gateway, and one with somebody in it; each test has a copy."""
    place = tmp_path_factory.mktemp("made")
    assert main(["init", str(place / "new")]) == 0
    shutil.copytree(place / "new", place / "ben")
    for words in (
        ("branch", "north", "Northern district"),
        ("standard-roles",),
        ("add", "ben", "--name", "Ben Okoro", "--branch", "north", "--role", "cashier"),
    ):
        assert main(["staff", *words, "--config", str(place / "ben" / "powertill.toml")]) == 0
    return place


@pytest.fixture
def shop(made, tmp_path, capsys, monkeypatch):
    return Shop(shutil.copytree(made / "new", tmp_path / "shop"), capsys, monkeypatch)


@pytest.fixture
def ben(made, tmp_path, capsys, monkeypatch):
    """The shop with somebody in it."""
    return Shop(shutil.copytree(made / "ben", tmp_path / "shop"), capsys, monkeypatch)


def fits(kept: Hidden, password: str) -> bool:
    async def here(function, *arguments):
        return function(*arguments)

    return asyncio.run(Passwords(here).fits(kept, password))


def sign_in(shop, login, session="s1"):
    with open_batch(load_config(str(shop.config))) as batch:
        proof = Proof(shop.person(login).password, None)
        (content,) = batch.run([SignIn(login, session, "10.0.0.1", proof, EnrolPolicy.NOBODY)])
    return content.session


# -- the first person ------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, tmp_path, capsys, monkeypatch, postgresql):
    """A shop whose books are embedded, and one whose books are on a server."""
    folder, name = tmp_path / "shop", f"staff_{next(_names)}"
    if request.param == "sqlite":
        assert main(["init", str(folder)]) == 0
        capsys.readouterr()
        yield Shop(folder, capsys, monkeypatch)
        return
    cluster = postgresql().cluster
    words = ["--database-url", cluster.create(name), "--role", f"role_{name}"]
    assert main(["init", str(folder), *words]) == 0
    capsys.readouterr()
    yield Shop(folder, capsys, monkeypatch)
    cluster.drop(name)
    cluster.execute(f"DROP ROLE role_{name}")


def said_in(line):
    return without_rows(line["detail"])


def test_from_nobody_to_a_cashier_who_can_sign_in(either, capsys):
    said = either.administrator()
    assert said.startswith("Administrator anna, Anna Smith\n")
    assert "She signs in at http://127.0.0.1:8443, and lets the others in." in said
    assert f"powertill staff standard-roles --config {either.config}\n" in said
    assert sign_in(either, "anna").stage is Stage.FULL
    either.done("branch", "north", "Northern district")
    either.done("station", "n1", "Counter 1", "--branch", "north")
    either.done("standard-roles")
    said = either.done("add", "ben", "--name", "Ben Okoro", "--branch", "north", "--role", "cashier")
    assert "Roles         cashier\n" in said
    assert f"  powertill staff password ben --config {either.config}\n" in said
    either.done("password", "ben", "--password-stdin", stdin=OTHER)
    assert sign_in(either, "ben", "s2").stage is Stage.SET_PASSWORD
    lines = either.diary()
    assert [line["id"] for line in lines] == list(range(len(lines), 0, -1))
    assert main(["ledger", "verify", "--config", str(either.config)]) == 0
    assert capsys.readouterr().out.startswith("the books are what was sealed\n")


def test_the_first_person_has_the_password_that_she_typed(shop):
    shop.administrator()
    anna = shop.person("anna")
    assert (anna.name, anna.roles, anna.must_change) == ("Anna Smith", ("administrator",), False)
    assert fits(anna.password, WORDS)


def test_a_second_administrator_gets_the_role_that_is_there(shop):
    shop.administrator()
    shop.administrator("alma")
    assert [(row.role.code, row.people, row.role.version) for row in shop.rows(Roles())] == [
        ("administrator", 2, 1)
    ]


def test_who_has_the_login_already_is_asked_for_no_password(shop):
    shop.administrator()
    code, _, complaint = shop("add-administrator", "anna", "--name", "Anna")
    assert code == 1
    assert "anna: the login is taken, and is never given to anybody else" in complaint


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "standard input is empty; cure: let its first line be the password"),
        ("\n", "a password has 10 characters at least"),
        ("short one", "a password has 10 characters at least"),
        ("x1" * 65, "a password has 128 characters at most"),
        ("x1" * 5_000, "a password has 128 characters at most"),
        ("anna.smith-1987", "the login, also with signs around it"),
        ("Password-2026", "among the first that are tried"),
        ("with\ttab in it", "only characters that can be printed"),
    ],
    ids=["nothing", "empty", "short", "long", "very long", "login", "tried", "tab"],
)
def test_a_password_that_nobody_may_have_is_refused_and_nothing_is_made(shop, typed, sentence):
    words = ("add-administrator", "anna.smith", "--name", "Anna", "--password-stdin")
    code, said, complaint = shop(*words, stdin=typed)
    assert (code, said) == (2, "")
    assert sentence in complaint
    assert complaint.endswith("; nothing was changed\n")
    assert not shop.rows(Operators())


def test_a_line_ends_as_any_machine_writes_it(shop):
    shop.done("add-administrator", "anna", "--name", "A", "--password-stdin", stdin=f"{WORDS}\r\nmore")
    assert fits(shop.person("anna").password, WORDS)


def typed_on_a_terminal(shop, *lines):
    """Run the command on a terminal of its own, and type: the exit code and all that was to be seen."""
    ours, theirs = pty.openpty()
    words = ["add-administrator", "anna", "--name", "Anna", "--config", str(shop.config)]
    running = subprocess.Popen(
        [*CALL, "staff", *words], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    seen = b""
    for prompt, line in zip((b"Password for anna: ", b"Again for anna: "), lines, strict=True):
        while prompt not in seen:
            seen += os.read(ours, 1_000)
        os.write(ours, line.encode() + b"\n")
    # A terminal that its last program has left says so with a fault.
    try:
        while more := os.read(ours, 1_000):
            seen += more
    except OSError:
        os.close(ours)
    return running.wait(60), seen.decode()


def test_on_a_terminal_it_is_asked_for_twice_and_never_shown(shop):
    code, seen = typed_on_a_terminal(shop, WORDS, WORDS)
    assert code == 0
    assert WORDS not in seen
    assert fits(shop.person("anna").password, WORDS)


def test_two_that_differ_are_none(shop):
    code, seen = typed_on_a_terminal(shop, WORDS, OTHER)
    assert code == 2
    assert "the password: the two are not the same; cure: type it again; nothing was changed" in seen
    assert (WORDS in seen, OTHER in seen, list(shop.rows(Operators()))) == (False, False, [])


def test_without_a_terminal_nothing_is_asked(shop):
    words = ["add-administrator", "anna", "--name", "Anna", "--config", str(shop.config)]
    ended = subprocess.run(
        [*CALL, "staff", *words],
        check=False,
        capture_output=True,
        text=True,
        input=WORDS,
        start_new_session=True,
    )
    assert ended.returncode == 2
    assert ended.stderr.endswith("cure: use --password-stdin; nothing was changed\n")
    assert WORDS not in ended.stdout + ended.stderr


# -- people ----------------------------------------------------------------------------------------------


def test_somebody_is_entered_with_branch_roles_language_and_a_last_day(ben):
    day = datetime.now(UTC).date() + timedelta(days=40)
    words = ("--branch", "north", "--language", "zh", "--valid-until", str(day))
    ben.done("add", "li", "--name", "Li Na", "--role", "cashier", "--role", "engineer", *words)
    li = ben.person("li")
    assert (li.name, li.branch, li.language, li.roles) == ("Li Na", "north", "zh", ("cashier", "engineer"))
    zone = load_config(str(ben.config)).utility.zone
    ends = datetime.fromtimestamp(li.valid_until_us // 1_000_000, zone)
    assert (ends.date(), ends.hour) == (day + timedelta(days=1), 0)
    assert (bool(li.password), li.state) == (False, StaffState.ACTIVE)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["add", "Ben", "--name", "x"], 2, "LOGIN: a login has 2 to 32 small letters"),
        (["add", "zoe", "--name", " "], 2, "--name: a name has 1 to 64 characters"),
        (["add", "zoe", "--name", "a\x1b[2J"], 2, "--name: a name has 1 to 64 characters"),
        (["add", "zoe", "--name", "x", "--role", "chief"], 2, "chief: no such role; known are accountant, "),
        (["add", "zoe", "--name", "x", "--branch", "south"], 2, "zoe: no such branch; see the list; cure: "),
        (
            ["add", "zoe", "--name", "x", "--valid-until", "2020-01-01"],
            2,
            "--valid-until: 2020-01-01 is past",
        ),
        (["add", "ben", "--name", "x"], 1, "ben: the login is taken"),
        (["add", "ben", "--name", "x", "--role", "auditor"], 1, "ben: the login is taken"),
        (["add", "zoe", "--name", "x", "--as", ""], 2, "--as: a name has 1 to 64 characters"),
        (
            ["roles", "zoe", "cashier"],
            2,
            "zoe: no such operator; see the list; cure: see powertill staff list",
        ),
        (["roles", "ben", "chief"], 2, "chief: no such role"),
        (["roles", "ben"], 2, "ROLE: name the roles she shall have, or --none"),
        (["roles", "ben", "cashier", "--none"], 2, "ROLE: name the roles she shall have, or --none"),
        (["password", "zoe", "--password-stdin"], 2, "zoe: no such operator"),
        (["leave", "zoe"], 2, "zoe: no such operator"),
        (["sign-out", "zoe"], 2, "zoe: no such operator"),
        (["no-authenticator", "zoe"], 2, "zoe: no such operator"),
        (["station", "n1", "One", "--branch", "south"], 2, "n1: no such branch"),
        (["station", "n1", "One"], 2, "--branch"),
        (["branch", "N 1", "One"], 2, "CODE: a code has 1 to 32 small letters"),
        (["diary", "--function", "cooking"], 2, "--function: must be one of dashboard, "),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(ben, words, code, sentence):
    before = ben.rows(Operators())
    ended, said, complaint = ben(*words, stdin=WORDS)
    assert (ended, said) == (code, "")
    assert sentence in complaint
    assert complaint.count("\n") == 1
    assert ben.rows(Operators()) == before


def test_roles_are_given_in_place_of_others_or_taken_away(ben):
    said = ben.done("roles", "ben", "engineer", "auditor")
    assert said == "Roles         ben: engineer, auditor\nBefore        cashier\n"
    assert ben.person("ben").roles == ("engineer", "auditor")
    ben.done("roles", "ben", "--none")
    assert ben.person("ben").roles == ()


def test_the_last_one_who_can_let_people_in_stays(ben):
    ben.administrator()
    for words in (("leave", "anna"), ("roles", "anna", "auditor")):
        code, _, complaint = ben(*words)
        assert (code, "she is the last one who can let people in" in complaint) == (1, True)


def test_who_has_left_can_do_nothing_and_comes_back_as_before(ben):
    before = ben.person("ben")
    ben.done("leave", "ben")
    assert ben.person("ben").state is StaffState.LEFT
    ben.done("back", "ben")
    after = ben.person("ben")
    assert (after.state, after.roles, after.name) == (before.state, before.roles, before.name)


def test_a_password_given_by_another_must_be_changed_and_ends_what_held_her_back(ben):
    engine = ben.books()
    with engine.begin() as connection:
        connection.execute(update(t.operator).values(failures=9, held_until_us=2**60))
    engine.dispose()
    assert "new devices held back" not in ben.done("list")
    ben.done("password", "ben", "--password-stdin", stdin=OTHER)
    after = ben.person("ben")
    assert (after.must_change, after.failures, after.held_until_us) == (True, 0, 0)
    assert fits(after.password, OTHER)


def test_sessions_are_ended(ben):
    ben.done("password", "ben", "--password-stdin", stdin=OTHER)
    sign_in(ben, "ben")
    assert ben.done("sign-out", "ben") == "Signed out    ben; sessions that stood: 1\n"
    assert not ben.rows(Sessions("ben", microseconds(datetime.now(UTC))))
    assert ben.done("sign-out", "ben") == "Signed out    ben; sessions that stood: 0\n"


def test_a_lost_authenticator_is_taken_away(ben):
    engine = ben.books()
    with engine.begin() as connection:
        connection.execute(update(t.operator).values(totp="sealed", totp_step=7))
    engine.dispose()
    ben.done("no-authenticator", "ben")
    assert (ben.person("ben").totp, said_in(ben.diary()[0])) == (Hidden(""), "no authenticator")


# -- places and roles ------------------------------------------------------------------------------------


def test_branches_and_stations_are_made_and_changed(ben):
    assert ben.done("branch", "north", "North") == "Branch        north, North (named anew)\n"
    ben.done("station", "n1", "Counter 1", "--branch", "north")
    ben.done("station", "n1", "Counter one", "--branch", "north", "--closed")
    assert [(one.code, one.name) for one in ben.rows(Branches())] == [("north", "North")]
    (row,) = ben.rows(Stations())
    assert (row.station.name, row.station.is_open) == ("Counter one", False)


def test_standard_roles_are_made_where_they_are_missing_and_never_changed(ben):
    engine = ben.books()
    with engine.begin() as connection:
        connection.execute(update(t.role).where(t.role.c.code == "auditor").values(name="Ours"))
    engine.dispose()
    before = ben.rows(Roles())
    assert ben.done("standard-roles").count("is there, and stays as it is") == 6
    assert ben.rows(Roles()) == before


# -- lists and the diary ---------------------------------------------------------------------------------


def test_an_empty_office_says_what_comes_first(shop):
    assert shop.done("list") == "there is nobody yet; see powertill staff add-administrator --help\n"
    assert (json.loads(shop.done("list", "--json")), shop.done("diary")) == ([], "no line fits\n")


def test_the_list_says_who_can_sign_in_and_how(ben):
    ben.administrator()
    ben.done("add", "zoe", "--name", "Zoe", "--valid-until", "2090-12-31")
    ben.done("leave", "zoe")
    rows = {line.split()[0]: line for line in ben.done("list").splitlines()[2:]}
    assert re.fullmatch(r"anna +Anna Smith +all +administrator +active +by password", rows["anna"])
    assert re.fullmatch(r"ben +Ben Okoro +north +cashier +active +has no password", rows["ben"])
    assert re.fullmatch(r"zoe +Zoe +all +none +left +has left +2091-01-01 00:00", rows["zoe"])


def test_a_list_for_programs_has_no_hash(ben):
    ben.administrator()
    anna, *_ = json.loads(ben.done("list", "--json"))
    assert anna == {
        "login": "anna", "name": "Anna Smith", "branch": None, "roles": ["administrator"], "state": "active",
        "language": "en", "has_password": True, "must_change": False, "has_authenticator": False,
        "valid_until": None,
    }  # fmt: skip


def test_each_step_stands_in_the_diary_with_who_took_it_and_who_the_machine_says_it_was(ben):
    ben.done("leave", "ben", "--as", "Li Na")
    line = ben.diary("--last", "1")[0]
    assert (line["actor"], line["function"], line["action"]) == ("local:Li Na", "operators", "change")
    assert (line["subject"], line["outcome"]) == ("ben", "done")
    assert said_in(line) == "state: 'active' → 'left'"
    assert re.fullmatch(r"login \S+", line["address"])


def test_a_refusal_stands_in_the_diary_as_well(ben):
    ben("add", "ben", "--name", "x")
    assert ben.diary("--last", "1")[0]["outcome"] == "refused"


def test_the_diary_is_found_by_moment_person_function_and_text(ben):
    everything = ben.diary()
    assert len(everything) == 9
    assert ben.diary("--function", "stations") == [line for line in everything if line["subject"] == "north"]
    assert ben.diary("--text", "Okoro") == [line for line in everything if "Okoro" in line["detail"]]
    assert ben.diary("--text", "%") == ben.diary("--actor", "local:nobody-else") == []
    assert ben.diary("--actor", everything[0]["actor"], "--last", "2") == everything[:2]
    assert ben.diary("--since", "2000-01-01") == everything
    assert ben.diary("--since", "2090-01-01 00:00") == []


def test_the_diary_on_a_terminal_is_a_line_and_what_was_done(ben):
    said = ben.done("diary", "--text", "Okoro")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  8  local:\S+  operators change, done\n"
        r"    ben; name: 'Ben Okoro', branch: 'north'\n"
        r"1 lines\n",
        said,
    )
