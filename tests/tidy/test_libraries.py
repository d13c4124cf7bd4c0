"""Contracts list what is forbidden; here stands what is allowed, so that an unheard-of library is noticed."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = {"gateway", "adapters", "admin_web", "card_station", "schemas"}

TWISTED = {"twisted", "zope.interface"}
PAGES = {"klein", "jinja2", "markupsafe", "babel"}
# Of Twisted the pages have the web and what waits, never a reactor.
PAGES_WIRE = {"twisted.web", "twisted.python.failure"}
PAGES_WIRE |= {f"twisted.internet.{name}" for name in ("defer", "interfaces", "protocol")}
DATABASE = {"sqlalchemy", "alembic", "psycopg"}
PLUGS = {"serial", "lxml", "xlsxwriter", "openpyxl", "fpdf", "segno", "treq"}
# The library column of the table in docs/architecture.md; the longest name that fits a file decides.
ALLOWED: dict[str, set[str]] = {
    "schemas": set(),
    "gateway": set(),
    "gateway/codecs": {"cryptography"},
    "gateway/endpoints": TWISTED | {"lxml", "signxml"},
    "gateway/endpoints/soap_compat.py": {"six", "spyne"},
    "gateway/assembly": TWISTED,
    "gateway/tap.py": TWISTED,
    "gateway/cli.py": TWISTED,
    "gateway/simulators": TWISTED,
    "adapters": PLUGS | TWISTED,
    "adapters/card_reader": TWISTED | {"serial", "smartcard"},
    "adapters/keys": TWISTED | {"argon2", "cryptography", "pkcs11"},
    "adapters/people": {"argon2", "cryptography", "pyotp"},
    "adapters/messages": TWISTED | {"treq"},
    "adapters/metrics": {"prometheus_client"},
    "adapters/db": DATABASE | TWISTED,
    "admin_web": PAGES | PAGES_WIRE | {"zope.interface"},
    "card_station": PAGES | TWISTED | {"treq"},
    # A key is made where it stays.
    "card_station/identity.py": {"cryptography"},
    "twisted_plugins": {"twisted"},
}
# Rooms that are handed the time instead of asking for it.
TIMELESS = [
    "gateway/core",
    "gateway/codecs",
    "gateway/prepayment",
    "gateway/metering",
    "gateway/multi_tariff",
    "gateway/office",
]
CLOCK_CALLS = {"now", "today", "utcnow"}


def foreign_imports(source: str) -> set[str]:
    """Name what a source text imports from neither the standard library nor our own packages."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] not in OURS | sys.stdlib_module_names}


def is_allowed(name: str, place: str) -> bool:
    room = max((room for room in ALLOWED if f"{place}/".startswith(f"{room}/")), key=len)
    return any(f"{name}.".startswith(f"{library}.") for library in ALLOWED[room])


def clock_calls(source: str) -> list[int]:
    """Give the lines that ask a clock of their own for the time."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCK_CALLS
        and isinstance(node.func.value, ast.Name | ast.Attribute)
        and ast.unparse(node.func.value).split(".")[-1] in {"datetime", "date"}
    ]


def product_files() -> list[str]:
    rooms = [*sorted(OURS), "twisted_plugins"]
    return [str(file.relative_to(ROOT)) for room in rooms for file in sorted((ROOT / room).rglob("*.py"))]


def test_each_room_imports_only_the_libraries_of_its_row():
    strays = [
        f"{place} imports {name}"
        for place in product_files()
        for name in sorted(foreign_imports((ROOT / place).read_text()))
        if not is_allowed(name, place)
    ]
    assert strays == []


@pytest.mark.parametrize(
    ("place", "line", "allowed"),
    [
        ("gateway/core/money.py", "import attrs", False),
        ("gateway/codecs/sts/keys.py", "from cryptography.hazmat.primitives import cmac", True),
        ("adapters/keys/pkcs11.py", "import sqlalchemy", False),
        ("adapters/db/poster.py", "from twisted.internet import defer", True),
        ("admin_web/site.py", "from twisted.internet import reactor", False),
        ("admin_web/site.py", "from twisted.internet.defer import Deferred", True),
        ("admin_web/site.py", "from twisted.web import server", True),
        ("gateway/tap.py", "import structlog", False),
        ("adapters/card_reader/pcsc.py", "from smartcard import scard", True),
        ("adapters/db/poster.py", "from smartcard import scard", False),
        ("gateway/endpoints/soap_compat.py", "from spyne.application import Application", True),
        ("gateway/endpoints/soap_contract.py", "from spyne.application import Application", False),
    ],
)
def test_the_row_of_a_room_decides(place, line, allowed):
    assert all(is_allowed(name, place) for name in foreign_imports(line)) == allowed


def test_no_noun_wire_or_verb_asks_a_clock():
    files = [file for room in TIMELESS for file in sorted((ROOT / room).rglob("*.py"))]
    assert files
    assert [
        (str(file.relative_to(ROOT)), lines) for file in files if (lines := clock_calls(file.read_text()))
    ] == []


@pytest.mark.parametrize("line", ["datetime.now(UTC)", "datetime.datetime.utcnow()", "date.today()"])
def test_asking_a_clock_is_caught(line):
    assert clock_calls(line) == [1]


def canonical(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", distribution, maxsplit=1)[0]).lower()


def declared() -> set[str]:
    return {canonical(line) for line in PROJECT["dependencies"]} | of_stations()


def of_stations() -> set[str]:
    return {canonical(line) for line in PROJECT["optional-dependencies"]["station"]}


def test_every_library_that_is_imported_is_declared():
    # zope.interface is Twisted's own way of saying what a class provides; it comes with Twisted.
    known = declared() | {"zope-interface"}
    owners = packages_distributions()
    imported = {name for place in product_files() for name in foreign_imports((ROOT / place).read_text())}
    # pyscard is built where it is installed; without what that needs it is left out, and its tests with it.
    imported -= {name for name in imported if name.startswith("smartcard") and not find_spec("smartcard")}
    tops = {"zope" if name.startswith("zope.interface") else name.split(".")[0] for name in imported}
    missing = {top for top in tops if not {canonical(owner) for owner in owners.get(top, [])} & known}
    assert missing == set()


def test_every_dependency_has_its_reason():
    page = (ROOT / "docs/dependencies.md").read_text().lower()
    wanted = declared()
    for name in ("build.in", "runtime.in", "dev.in"):
        lines = (ROOT / "requirements" / name).read_text().splitlines()
        wanted |= {canonical(line) for line in lines if line and not line.startswith("#")}
    assert sorted(name for name in wanted if f"| {name} |" not in page) == []


@pytest.mark.parametrize(
    "lock", sorted((ROOT / "requirements").glob("*-3.*.txt")), ids=lambda lock: lock.name
)
def test_every_declared_dependency_is_locked_with_a_hash(lock):
    pinned = {
        canonical(name)
        for name in re.findall(r"^([\w.-]+)==\S+ \\\n    --hash=sha256:", lock.read_text(), re.MULTILINE)
    }
    if not lock.name.startswith("build"):
        assert declared() - of_stations() <= pinned
    assert (of_stations() <= pinned) is lock.name.startswith("station")
    # What pip resolves by itself later would be unchecked: each pin carries its hash.
    assert len(pinned) == len(re.findall(r"==", lock.read_text()))
