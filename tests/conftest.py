"""What holds for every test: only loopback is open, chance is tamed, and the build machine skips nothing."""

import ipaddress
import os
import sys

import pytest
from _pytest.nodeid import NodeId
from hypothesis import HealthCheck, settings

from tests import builders
from tests.databases import fresh, postgresql
from tests.pcsc import pcsc, pcsc_service

__all__ = ["fresh", "pcsc", "pcsc_service", "postgresql"]

#: The property of a report in which a test says how many cases it has tried.
CASES = "cases"

IS_BUILD_MACHINE = os.environ.get("POWERTILL_CI") == "1"

# No profile has a deadline: a machine that is busy for a moment is not a fault of the code under test.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("desk", _PATIENT)
# The build machine tries the same examples every time, so that a red run is red for everyone.
settings.register_profile("ci", _PATIENT, derandomize=True, database=None, print_blob=True)
settings.register_profile("soak", _PATIENT, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if IS_BUILD_MACHINE else "desk"))


class OutsideTheMachineError(RuntimeError):
    """A test tried to reach, or to be reached from, another machine."""


def _is_loopback(host: object) -> bool:
    if not isinstance(host, str) or host == "localhost":
        # A path, a number or bytes is an address of a Unix or kernel socket, and those end on this machine.
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _keep_inside(event: str, arguments: tuple) -> None:
    """Refuse what leaves the machine, before a name is looked up or a packet is made."""
    if event in {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) and address else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_loopback(host):
        message = f"{event} {host!r}: only loopback is open in tests"
        raise OutsideTheMachineError(message)


def pytest_configure() -> None:
    # An audit hook sees every socket of this process, whichever library makes it, and cannot be patched away.
    sys.addaudithook(_keep_inside)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]):
    """Share out the quick tests by files, the slow ones one by one; and let groups hold.

    xdist writes a test's group behind its old id, which pytest 9.2 reads no more.
    """
    for item in items:
        if not any(item.iter_markers("slow")) and not any(item.iter_markers("xdist_group")):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    done = yield
    for item in items:
        grouped = getattr(item, "_nodeid", item.nodeid)
        if grouped != item.nodeid:
            item._id = NodeId.parse(grouped)  # noqa: SLF001 - there is no other way to say it
    return done


@pytest.fixture
def counted(record_property):
    """Have a count of cases said at the end of the run, whether its test passes or not."""
    return lambda said: record_property(CASES, said)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cases were tried where a test counts them."""
    reports = [one for outcome in ("passed", "failed") for one in terminalreporter.stats.get(outcome, [])]
    said = [(one.nodeid, text) for one in reports for name, text in one.user_properties if name == CASES]
    if said:
        terminalreporter.section("cases")
        for nodeid, text in sorted(said):
            terminalreporter.write_line(f"{nodeid.partition('@')[0]}: {text}")


def _as_failure(report: pytest.TestReport | pytest.CollectReport) -> None:
    if IS_BUILD_MACHINE and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"the build machine skips nothing: {reason}"


@pytest.fixture(autouse=True)
def _connections_given_back():
    """Leave no connection to the garbage collector: Python 3.13 speaks of it in whatever test runs then."""
    yield
    builders.close_all()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    _as_failure(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    report = yield
    _as_failure(report)
    return report
