"""Over what meters are called: what a row may say, what is usual, and what is refused in which words."""

import pytest

from gateway.config.line_settings import AT_ONCE_MAX, LINE_ROWS_MAX, LineSettings, read_lines
from gateway.config.reader import ConfigFault, Section, Source
from gateway.core.meter_way import LineKind

MODEM = {"name": "m1", "kind": "modem", "port": "/dev/ttyS1"}
NETWORK = {"name": "net", "kind": "network"}
CALLERS = {"name": "in", "kind": "calls_in"}
CALLING = {"listen": "tcp:7100", "models_calling": ["dlt645-2007"]}


def read(*rows, currency="CNY", **lines):
    root = Section(
        Source("powertill.toml", {}), (), "", {"lines": lines, "line": list(rows)}, ("lines", "line")
    )
    return read_lines(root, currency)


def refused(*rows, currency="CNY", **lines):
    """Give the refusal, from the key on."""
    with pytest.raises(ConfigFault) as caught:
        read(*rows, currency=currency, **lines)
    return str(caught.value).partition(": ")[2]


def test_without_a_row_nobody_is_called():
    assert read().lines == ()


def test_a_row_says_little_and_the_rest_is_usual():
    modem, net, callers = read(MODEM, NETWORK, CALLERS, **CALLING).lines
    assert modem == LineSettings("m1", LineKind.MODEM, "/dev/ttyS1", "pstn", "8N1", 1)
    assert net == LineSettings("net", LineKind.NETWORK, at_once=16)
    assert callers == LineSettings("in", LineKind.CALLS_IN, at_once=16)


def test_a_row_may_say_all():
    said = {"modem": "gsm_csd", "format": "7E1", "is_reserved": True, "cost_call": "0.10", "cost_minute": "1"}
    _, line = read(MODEM, MODEM | said | {"name": "m2", "port": "[fe80::1]:4001"}).lines
    assert line == LineSettings(
        "m2",
        LineKind.MODEM,
        "[fe80::1]:4001",
        "gsm_csd",
        "7E1",
        is_reserved=True,
        cost_call_minor=10,
        cost_minute_minor=100,
    )


def test_the_table_says_where_keys_are_and_who_seals(tmp_path):
    key = tmp_path / "key"
    key.touch(0o600)
    key.write_text("secret")
    lines = read(access="meters", recharging="training", recharging_key_file=str(key))
    assert (lines.access.name, lines.recharging, lines.recharging_key.reveal()) == (
        "meters",
        "training",
        b"secret",
    )
    assert "secret" not in repr(lines)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"name": "Net"}, "line[1].name: must be up to 31 small letters, digits, dots, dashes, not 'Net'"),
        ({"name": "a" * 32}, "line[1].name: must be up to 31 small letters"),
        ({"kind": "radio"}, "line.net.kind: must be one of modem, network, calls_in, not 'radio'"),
        ({"kind": 1}, "line.net.kind: must be a text in quotes"),
        ({"port": "/dev/ttyS1"}, "line.net.port: belongs to a modem, and this line is none; cure: take"),
        ({"modem": "pstn"}, "line.net.modem: belongs to a modem, and this line is none"),
        ({"format": "8N1"}, "line.net.format: belongs to a modem, and this line is none"),
        ({"at_once": 0}, "line.net.at_once: "),
        ({"at_once": AT_ONCE_MAX + 1}, "line.net.at_once: "),
        ({"at_once": "4"}, "line.net.at_once: "),
        ({"is_reserved": "yes"}, "line.net.is_reserved: "),
        ({"is_reserved": True}, "line.net.is_reserved: must not be true for all lines of a kind"),
        ({"cost_call": 0.1}, "line.net.cost_call: "),
        ({"cost_call": "-1"}, "line.net.cost_call: '-1' is no amount in CNY; cure: write for"),
        ({"cost_minute": "0.105"}, "line.net.cost_minute: '0.105' is no amount in CNY"),
        ({"cost_minute": "1000000.01"}, "line.net.cost_minute: '1000000.01' is no amount"),
        ({"speed": 9600}, "line[1].speed: is not a key"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_refused_by_its_key(row, said):
    assert refused(NETWORK | row).startswith(said)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {"port": "ttyS1"},
            "line.m1.port: 'ttyS1' is neither a device nor HOST:PORT; cure: write for example",
        ),
        ({"port": "host:port"}, "line.m1.port: 'host:port' is neither"),
        ({"port": ""}, "line.m1.port: must be a text in quotes"),
        ({"modem": "isdn"}, "line.m1.modem: must be one of pstn, gsm_csd, not 'isdn'"),
        ({"format": "8E1"}, "line.m1.format: must be one of 8N1, 7E1, not '8E1'"),
        ({"at_once": 2}, "line.m1.at_once: is 1 for a modem; cure: write a row for each modem"),
    ],
)
def test_a_modem_that_cannot_be_is_refused_by_its_key(row, said):
    assert refused(MODEM | row).startswith(said)


def test_a_modem_has_a_port():
    assert refused({"name": "m1", "kind": "modem"}).startswith(
        "line.m1.port: must be there for a modem; cure: "
    )


def test_names_are_not_given_twice_and_rows_are_not_without_end():
    assert refused(NETWORK, NETWORK).startswith("line.net.name: net stands here twice; cure: give each")
    rows = [NETWORK | {"name": f"n{place}"} for place in range(LINE_ROWS_MAX + 1)]
    assert refused(*rows).startswith("line: stands here 65 times, 64 are the most")


@pytest.mark.parametrize(
    ("rows", "lines", "said"),
    [
        ([CALLERS], {}, "lines.listen: must be there for a line that calls_in; cure: write listen = "),
        ([NETWORK], CALLING, "lines.listen: lets meters in to whom no line speaks; cure: write a [[line]]"),
        ([CALLERS], {"listen": "tcp:7100"}, "lines.models_calling: must name one model at least"),
        (
            [CALLERS],
            CALLING | {"models_calling": ["A B"]},
            "lines.models_calling: each must be the name of a",
        ),
        (
            [CALLERS],
            CALLING | {"models_calling": ["a"] * 9},
            "lines.models_calling: must be a list of at most 8",
        ),
        ([CALLERS], CALLING | {"listen": "udp:1"}, "lines.listen: must begin with one of tcp, "),
        ([], {"recharging": "esam"}, "lines.recharging: must be one of training, not 'esam'"),
        (
            [],
            {"recharging_key_file": "no-such"},
            "lines.recharging_key_file: seals nothing without recharging",
        ),
        ([], {"access": 1}, "lines.access: must be a text in quotes"),
        ([], {"acess": "x"}, "lines.acess: "),
    ],
)
def test_a_table_that_cannot_be_is_refused_by_its_key(rows, lines, said):
    assert refused(*rows, **lines).startswith(said)


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_wallets_of_hundredths_take_no_other_money(currency):
    said = f"lines.recharging: wallets count hundredths, and {currency} is counted otherwise; cure: sell such"
    assert refused(currency=currency, recharging="training").startswith(said)


def test_what_a_call_costs_is_said_in_the_money_of_the_utility():
    assert read(NETWORK | {"cost_call": "7"}, currency="JPY").lines[0].cost_call_minor == 7
    assert refused(NETWORK | {"cost_call": "0.1"}, currency="JPY").endswith('write for example "1"')
