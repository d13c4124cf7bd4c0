"""The pages say what is: paths, commands, tables and examples are compared with the tree and the code."""

import ast
import math
import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from adapters.db import tables
from gateway import cli
from gateway.assembly.crash_points import POINTS
from gateway.codecs.iso8583.message import Message
from gateway.core import card, card_order, key_life, remote_order, supply_point, tariff_life
from gateway.core.authority import FOUR_EYES, LEVELS, Function, Level
from gateway.core.key_standing import KeyStanding
from gateway.core.refusal import RETRYABLE, Refusal
from gateway.core.sale import TRANSITIONS
from gateway.endpoints.bank_door import LinkLimits
from gateway.endpoints.bank_profile import _CODES
from gateway.office.standard_roles import STANDARD_ROLES
from gateway.simulators.bank_messages import altopay_identity
from tests.builders import Wire, bank_door, database, pricing

ROOT = Path(__file__).parents[2]
COMMANDS = set(cli._FILES)  # noqa: SLF001 - the one list of commands that there is
PARSER = cli._parser(COMMANDS)  # noqa: SLF001 - likewise
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
BANK_PAGE = ROOT / "docs/bank-integration.md"
ARCHITECTURE = ROOT / "docs/architecture.md"
ROOMS = "adapters|admin_web|bench|card_station|docs|gateway|requirements|schemas|tests|twisted_plugins"
PATH = re.compile(rf"(?<![\w/.-])(?:{ROOMS})/[\w./-]*")
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")
SECRET = b"a secret for this example"
# Limits by their names; a limit that the page lacks was forgotten there.
LIMIT = re.compile(r"_(?:MAX|LIMIT|MS|DAYS|PAGE|S)$")
# Each is the shape of a number or a word of a format, and no limit of ours.
NO_LIMIT = {"PRIMARY_MAX", "SECONDARY_MAX", "_MANTISSA_MAX", "_FIELD_MAX", "_KWH_DP_MAX", "_BUCKETS_S"}
NO_LIMIT |= {"_TEXT_LIMIT"}  # of money and energy: the longest text that a number of 64 bits can have
OWN_LIMITS = ("gateway/simulators/", "gateway/proof/", "gateway/assembly/commands/", "gateway/assembly/demo")


def section(page: Path, title: str) -> str:
    """The text below a heading, up to the next heading of its depth or above."""
    text = page.read_text(encoding="utf-8")
    depth, found = title.count("#"), text.index(f"\n{title}\n") + len(title) + 2
    end = re.search(rf"^#{{1,{depth}}} ", text[found:], re.MULTILINE)
    return text[found : found + end.start()] if end else text[found:]


def rows(text: str) -> list[list[str]]:
    """The cells of the table rows in a text, without heads and rulers."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = {place - 1 for place, line in enumerate(lines) if set(line) <= set("|- ")}
    kept = [line for n, line in enumerate(lines) if n not in heads and not set(line) <= set("|- ")]
    return [[cell.strip() for cell in line.removesuffix("|").split("|")[1:]] for line in kept]


def quoted(cell: str) -> str:
    found = re.fullmatch(r"`([^`]*)`", cell)
    assert found, cell
    return found[1]


def commands(page: Path) -> list[str]:
    """The command lines of a page's examples: fenced as sh, or indented by four."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    fenced = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    indented = re.findall(r"^ {4}((?:powertill|make) .*)$", text, re.MULTILINE)
    return [line for line in [*fenced.splitlines(), *indented] if line]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_page_of_the_readme_s_promise_is_there():
    promised = {"architecture", "bank-integration", "commands", "configuration", "dependencies", "glossary"}
    promised |= {"CHANGELOG", "README", "threats-bank-iso8583", "threats-health"}
    assert {page.stem for page in PAGES} >= promised


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_exists(page):
    text = page.read_text(encoding="utf-8")
    named = {found.rstrip(".") for found in PATH.findall(re.sub(r"\w+://\S+", "", text))}
    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    lost = []
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        file = page.parent / target if target else page
        if not file.exists():
            lost.append(target)
        elif anchor and anchor[1:] not in anchors(file):
            lost.append(target + anchor)
    assert lost == []


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_exists(page):
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"`powertill ([a-z][a-z0-9-]*)", text))
    assert named - COMMANDS == set()
    assert set(re.findall(r"`make ([a-z]+)", text)) - targets() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_can_be_typed(page):
    for line in commands(page):
        words = shlex.split(line, comments=True)
        if words[0] == "make":
            assert words[1] in targets(), line
        elif words[0] == "powertill":
            # A refusal ends the parser with its reason on standard error, which pytest shows.
            PARSER.parse_args(words[1:])


def test_an_example_that_cannot_be_typed_is_noticed(capsys):
    with pytest.raises(SystemExit):
        PARSER.parse_args(["bank-sim", "--port", "8583", "--prot", "echo"])
    assert "--prot" in capsys.readouterr().err


def test_the_glossary_is_in_the_order_of_the_alphabet_and_has_each_term_once():
    terms = [row[0].casefold() for row in rows((ROOT / "docs/glossary.md").read_text(encoding="utf-8"))]
    assert len(terms) > 50
    assert terms == sorted(set(terms))


def test_the_table_of_response_codes_is_the_code_s():
    table = rows(section(BANK_PAGE, "## Response codes"))
    assert {quoted(row[0]): quoted(row[1]) for row in table} == _CODES
    assert len(table) == len(_CODES)


def test_the_table_says_of_what_may_succeed_a_moment_later_that_it_does_not_stay():
    stays = {quoted(row[0]): row[3] for row in rows(section(BANK_PAGE, "## Response codes"))}
    assert all(stays[refusal.value].startswith("no") for refusal in RETRYABLE)
    assert set(stays) >= {refusal.value for refusal in Refusal}


def test_the_life_of_a_sale_is_the_code_s():
    listed = rows(section(ARCHITECTURE, "## The life of a sale"))
    table = [tuple(quoted(cell) for cell in row[:3]) for row in listed]
    wanted = [(before.value, event.value, after.value) for (before, event), after in TRANSITIONS.items()]
    assert sorted(table) == sorted(wanted)


@pytest.mark.parametrize(
    ("whose", "life"),
    [
        ("tariff version", tariff_life),
        ("vending key", key_life),
        ("supply point", supply_point),
        ("card", card),
        ("card order", card_order),
        ("remote order", remote_order),
    ],
)
def test_a_life_is_the_code_s(whose, life):
    listed = rows(section(ARCHITECTURE, f"## The life of a {whose}"))
    table = [tuple(quoted(cell) for cell in row[:3]) for row in listed]
    steps = life.TRANSITIONS.items()
    wanted = [(before.value, event.value, after.value) for (before, event), after in steps]
    assert sorted(table) == sorted(wanted)


def test_the_states_of_the_list_of_keys_are_the_code_s():
    table = [quoted(row[0]) for row in rows(section(ROOT / "docs/keys.md", "## See how they stand"))]
    assert table == [*(standing.value for standing in KeyStanding), "in a file"]


def test_the_functions_of_the_office_are_the_code_s():
    table = {quoted(row[0]): row[1] for row in rows(section(ROOT / "docs/office.md", "## Roles"))}
    levels = [level.name.lower() for level in Level]
    assert list(table) == [*levels, *(function.value for function in Function)]
    assert {name for name, second in table.items() if second == "always"} == {one.value for one in FOUR_EYES}


def test_the_levels_of_each_function_are_the_code_s():
    listed = rows(section(ROOT / "docs/office.md", "## Roles"))
    table = {quoted(row[0]): row[2] for row in listed if len(row) == 3}
    wanted = {
        function.value: ", ".join(one.name.lower() for one in levels) for function, levels in LEVELS.items()
    }
    assert table == wanted


def test_the_standard_roles_are_the_code_s():
    text = section(ROOT / "docs/commands.md", "## People of the office")
    heads = next(line for line in text.splitlines() if line.startswith("| function |"))
    codes = [quoted(cell.strip()) for cell in heads.split("|")[2:-1]]
    said = {quoted(row[0]): dict(zip(codes, row[1:], strict=True)) for row in rows(text)}
    wanted = {
        function.value: {
            role.code: role.grants[function].level.name.lower() if function in role.grants else "\u2013"
            for role in STANDARD_ROLES
        }
        for function in Function
    }
    assert said == wanted


def test_every_crash_point_is_in_its_table_in_order():
    table = rows(section(ARCHITECTURE, "## What a crash leaves behind"))
    assert tuple(quoted(row[0]) for row in table) == POINTS


def test_every_table_of_the_database_is_described_and_what_is_for_ever_is_so():
    migrations = sorted((ROOT / "adapters/db/migrations/versions").glob("0*.py"))
    kept = {
        name
        for file in migrations
        for names in re.findall(r"^FOR_EVER = (.*)$", file.read_text(), re.MULTILINE)
        for name in ast.literal_eval(names)
    }
    table = {quoted(row[0]): row[2] for row in rows(section(ARCHITECTURE, "## The tables"))}
    assert set(table) == set(tables.metadata.tables)
    assert {name for name, for_ever in table.items() if for_ever == "yes"} == kept


def limits_in_code() -> dict[tuple[str, str], float]:
    """Every limit with its file: constants at the head of a file, made of numbers only."""
    found: dict[tuple[str, str], float] = {}
    for room in ("gateway", "adapters", "schemas"):
        for file in sorted((ROOT / room).rglob("*.py")):
            place = str(file.relative_to(ROOT))
            if not place.startswith(OWN_LIMITS):
                found |= {(place, name): value for name, value in numbers(file.read_text()).items()}
    return found


def numbers(source: str) -> dict[str, float]:
    """The constants of a file that are made of numbers only; a length of time in seconds."""
    found = {}
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                continue
        names = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
        if name.isupper() and names <= {"timedelta"}:
            result = eval(ast.unparse(value), {"timedelta": timedelta})  # noqa: S307 - our own constants
            seconds = result.total_seconds() if isinstance(result, timedelta) else result
            if isinstance(seconds, int | float):
                found[name] = seconds
    return found


def test_every_limit_stands_on_the_page_with_its_figure():
    in_code = limits_in_code()
    wanted = {key for key in in_code if LIMIT.search(key[1]) and key[1] not in NO_LIMIT}
    table = {(quoted(row[2]), quoted(row[0])): row[1] for row in rows(section(ARCHITECTURE, "## Limits"))}
    assert wanted - set(table) == set(), "limits that the page lacks"
    for key, said in table.items():
        figure, _, unit = said.partition(" ")
        seconds = 3600 if unit == "hours" else 1
        assert key in in_code, key
        assert math.isclose(float(figure) * seconds, in_code[key]), key


def test_the_figures_of_a_bank_s_link_are_the_code_s():
    limits, text = LinkLimits(), section(BANK_PAGE, "## The connection")
    for name in LinkLimits.__slots__:
        line = next(line for line in text.splitlines() if f"`{name}`" in line)
        assert re.search(rf"\b{getattr(limits, name):g}\b", line), name


def exchanges() -> list[tuple[Message, Message]]:
    """The example messages of the bank's page, in order: request and answer."""
    text = BANK_PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^\| DE \|.*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)
    return [(message_of(rows(block), 2), message_of(rows(block), 3)) for block in blocks]


def message_of(table: list[list[str]], column: int) -> Message:
    (mti, *fields) = [(row[0], row[column]) for row in table if row[column]]
    return Message(quoted(mti[1]), {int(number): quoted(cell) for number, cell in fields})


def wire(file: Path, profile: str = "default", identity=None, **changes) -> Wire:
    return Wire(bank_door(database(file), profile, clock=Clock(), **changes), identity)


def test_every_example_of_the_bank_s_page_is_answered_as_it_says(tmp_path):
    east = wire(tmp_path / "east.db")
    west = wire(tmp_path / "west.db", token_in_answer=False).sign_on()
    rupiah = {"currency": "IDR", "pricing": pricing("idr_flat"), "most_minor": 10**9}
    bank = altopay_identity("KOI-1", SECRET)
    alto = wire(tmp_path / "alto.db", "altopay", bank, sign_on_secret=SECRET, **rupiah)
    examples = exchanges()
    kinds = [request.mti + request.fields.get(3, "")[:2] for request, _ in examples]
    inquiries, payments = ["020030", "020030"], ["020050", "020050"]
    assert kinds == ["0800", *inquiries, *payments, "020039", "042050", "040050", "0800", "020080"]
    places = [east, east, east, east, west, west, west, east, alto, alto]
    for place, (request, answer) in zip(places, examples, strict=True):
        if request.mti == "0420":  # its payment is not on the page: one more whose credit waits
            place.ask(Message("0200", {**request.fields, 11: request.fields[90][4:10]}))
        assert place.ask(request) == answer


def test_the_bytes_of_the_bank_s_page_are_those_of_its_payment(tmp_path):
    east = wire(tmp_path / "till.db").sign_on()
    text = BANK_PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^(?:[0-9a-f]{20,}\n)+", text, re.MULTILINE)
    sent, said = (bytes.fromhex(block.replace("\n", "")) for block in blocks)
    east.link.dataReceived(sent)
    assert east.transport.value() == said
    payment, answer = exchanges()[3]
    assert east.profile.spec.decode(sent[2:]) == payment
    assert east.profile.spec.decode(said[2:]) == answer
