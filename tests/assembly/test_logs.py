"""The log: one JSON object a line, nothing secret in it, and every unhandled fault counted."""

import gc
import json
import logging
import re
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.logger import Logger, LogPublisher, globalLogPublisher

from gateway.assembly.log_line import ITEMS_MAX, TEXT_MAX, TRACE_MAX, JsonLines
from gateway.assembly.logs import LOOK_S, TwistedToLogging, start_logging
from gateway.assembly.masking import masked, masked_key
from gateway.bits import luhn_digit
from gateway.config import LogSettings
from gateway.events import event
from gateway.tally import NoTally

CARD = "6212345678901234567"
TOKEN = "12345678901234567890"


class Heard(NoTally):
    def __init__(self):
        self.counted = []

    def count(self, name, amount=1, **labels):
        super().count(name, amount, **labels)
        self.counted.append((name, *labels.values()))


class Logged:
    """A running log into memory."""

    def __init__(self, level="debug", file=None):
        self.stream = StringIO()
        self.tally = Heard()
        self.stop = start_logging(LogSettings(level, file), self.tally, self.stream)

    def lines(self):
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def logged():
    running = Logged()
    yield running
    running.stop()


log = logging.getLogger("powertill.test")


def test_an_event_is_one_line_with_its_fields(logged):
    event(log, "bank.link_up", bank="demo", at=3)
    (line,) = logged.lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("at"))
    assert line == {
        "level": "info",
        "logger": "powertill.test",
        "event": "bank.link_up",
        "fields": {"bank": "demo", "at": 3},
    }


def test_a_plain_line_of_a_library_is_an_event_too(logged):
    log.warning("a batch of %d failed", 3)
    assert [(line["event"], line["level"]) for line in logged.lines()] == [("a batch of 3 failed", "warning")]


@pytest.mark.parametrize(("message", "given"), [("%d failed", ("three",)), ("%(n)s failed", ({"m": 3},))])
def test_a_line_with_the_wrong_holes_is_written_all_the_same(message, given):
    record = logging.makeLogRecord({"msg": message, "args": given})
    assert json.loads(JsonLines().format(record))["event"] == message


@given(st.text())
def test_no_text_can_forge_a_line(text):
    record = logging.makeLogRecord({"msg": "%s", "args": (text,), "fields": {text: text}})
    written = JsonLines().format(record)
    assert all(32 <= ord(character) < 127 for character in written)
    assert json.loads(written)["event"] == masked(text)


def test_a_fault_is_written_with_its_traceback(logged):
    try:
        int("no number")
    except ValueError as fault:
        event(log, "ledger.fault", level=logging.ERROR, raised=fault)
    (line,) = logged.lines()
    assert "test_a_fault_is_written_with_its_traceback" in line["trace"]
    assert line["trace"].endswith("ValueError: invalid literal for int() with base 10: 'no number'\n")


@pytest.mark.parametrize(
    "say",
    [
        lambda secret: event(log, "x", field=secret),
        lambda secret: event(log, "x", field=int(secret)),
        lambda secret: event(log, "x", field=secret.encode()),
        lambda secret: event(log, "x", field={"deep": [{"deeper": {"deepest": [secret]}}]}),
        lambda secret: event(log, "x", field={secret: 1}),
        lambda secret: event(log, secret),
        lambda secret: event(log, "x", raised=ValueError(f"cannot pay {secret}")),
        lambda secret: log.info("token %s issued", secret),
        lambda secret: Logger("x", observer=TwistedToLogging(NoTally())).info("{it}", it=secret),
    ],
    ids=["text", "number", "octets", "nested", "key", "name", "traceback", "message", "twisted"],
)
@pytest.mark.parametrize("secret", [CARD, TOKEN], ids=["card", "token"])
def test_a_card_or_a_token_is_masked_wherever_it_stands(logged, say, secret):
    say(secret)
    assert secret not in logged.stream.getvalue()
    assert secret[-4:] in logged.stream.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1234567890123", "123456***0123"),
        (CARD, "621234*********4567"),
        (TOKEN, "****************7890"),
        ("1" * 40, "*" * 36 + "1111"),
        ("1234 5678 9012 3456 7890", "****************7890"),
        ("1234-5678-9012-3456", "123456******3456"),
        ("pan=6212345678901234567;", "pan=621234*********4567;"),
        ("١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦", "١٢٣٤٥٦******٣٤٥٦"),
        # What must stay readable: meters, references of banks, moments.
        ("01234567890", "01234567890"),
        ("123456789012", "123456789012"),
        ("pay/demo/123456789012-20260102", "pay/demo/123456789012-20260102"),
        ("2026-01-02T03:04:05.123456Z", "2026-01-02T03:04:05.123456Z"),
    ],
)
def test_what_is_masked_and_what_is_not(text, shown):
    assert masked(text) == shown


@given(st.text(alphabet="0123456789", min_size=13, max_size=60), st.text(alphabet="ab :=/", max_size=3))
def test_no_long_number_survives_whatever_stands_beside_it(digits, beside):
    assert re.search(r"\d{7,}", masked(f"{beside}{digits}{beside}")) is None


#: Numbers of the schemes' own public tests, and one that begins as no scheme's does.
CARDS = [
    "4222222222222", "4111111111111111", "5555555555554444", "2223003122003222", "378282246310005",
    "30569309025904", "3530111333300000", "6011111111111117", "6200000000000005", "6759649826438453",
    "8171999927660000", "9704000000000018", "1111111111111117",
]  # fmt: skip


@pytest.mark.parametrize("card", CARDS)
def test_a_card_s_number_in_the_place_of_a_reference_is_masked(logged, card):
    event(log, "bank.decided", key=f"pay/east/{card}-2026-11-23")
    assert logged.lines()[0]["fields"]["key"] == masked(f"pay/east/{card}-2026-11-23")


@pytest.mark.parametrize("card", CARDS[:-1])
@pytest.mark.parametrize(("before", "behind"), [("1", ""), ("", "7"), ("0", "42"), ("123", "")])
def test_a_card_s_number_within_a_longer_reference_is_masked(card, before, behind):
    assert card not in masked_key(f"pay/east/{before}{card}{behind}-2026-11-23")


@given(st.from_regex(r"[0-9]{12,18}", fullmatch=True))
def test_no_number_with_a_right_check_digit_stands_in_a_key(payload):
    number = payload + luhn_digit(payload)
    assert number not in masked_key(f"pay/east/{number}-2026-11-23")


@pytest.mark.parametrize(
    "key",
    ["pay/east/2026112300000017-2026-11-23", "undo/pay/east/1764000000123-2026-11-23", "pay/a/123456789"],
)
def test_a_payment_s_own_key_is_readable(logged, key):
    event(log, "bank.decided", key=key)
    assert logged.lines()[0]["fields"]["key"] == key


@pytest.mark.parametrize("name", ["why", "reference"])
def test_only_the_key_is_spared(logged, name):
    event(log, "x", **{name: "2026112300000017"})
    assert logged.lines()[0]["fields"][name] == "202611******0017"


@pytest.mark.parametrize("digits", [TOKEN, "1" * 25, "1234 5678 9012 3456 7890", "1234-5678-9012-3456"])
def test_what_may_be_a_token_or_a_printed_card_is_masked_in_a_key_too(digits):
    assert masked_key(f"pay/east/{digits}") == masked(f"pay/east/{digits}")


def test_long_values_are_cut(logged):
    event(log, "x", text="a" * 10_000, many=list(range(1_000)))
    fields = logged.lines()[0]["fields"]
    assert (len(fields["text"]), len(fields["many"])) == (TEXT_MAX + 1, ITEMS_MAX)


def test_a_long_traceback_keeps_its_end(logged):
    event(log, "x", raised=ValueError("a" * 2 * TRACE_MAX + "the end"))
    trace = logged.lines()[0]["trace"]
    assert len(trace) == TRACE_MAX
    assert trace.endswith("the end\n")


class Mute:
    def __str__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Mute(), "<Mute without a text>"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (0.25, 0.25),
        (True, True),
        (None, None),
        (("a", 1), ["a", 1]),
    ],
)
def test_every_value_has_a_form(logged, value, written):
    event(log, "x", value=value)
    assert logged.lines()[0]["fields"] == {"value": written}


def test_lines_below_the_level_are_not_written():
    running = Logged("warning")
    log.info("quiet")
    log.warning("loud")
    running.stop()
    assert [line["event"] for line in running.lines()] == ["loud"]


def test_warnings_and_worse_are_counted(logged):
    log.info("one")
    log.warning("two")
    log.error("three")
    assert logged.tally.counted == [("log_lines", "warning"), ("log_lines", "error")]


def test_a_line_that_cannot_be_written_is_counted_and_hurts_nobody():
    running = Logged()
    running.stream.close()
    log.info("into the void")
    assert running.tally.counted == [("log_lines_lost",)]
    running.stop()


def at(moment, said):
    record = logging.makeLogRecord(
        {"name": "powertill.test", "levelno": logging.INFO, "levelname": "INFO", "msg": said}
    )
    record.created = moment
    log.handle(record)


def test_a_file_that_was_moved_away_is_opened_anew_within_a_second(tmp_path):
    file, moved = tmp_path / "powertill.log", tmp_path / "powertill.log.1"
    running = Logged(file=file)
    at(100.0, "first")
    file.rename(moved)
    at(100.0 + LOOK_S / 2, "second")
    at(100.0 + LOOK_S, "third")
    running.stop()
    said = [[json.loads(line)["event"] for line in each.read_text().splitlines()] for each in (moved, file)]
    assert said == [["first", "second"], ["third"]]


def test_a_file_whose_folder_is_gone_loses_lines_and_they_are_counted(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    running = Logged(file=folder / "powertill.log")
    folder.rename(tmp_path / "moved")
    log.info("into the void")
    running.stop()
    assert running.tally.counted == [("log_lines_lost",)]


def test_after_the_end_nothing_is_written():
    running = Logged()
    running.stop()
    log.error("late")
    assert running.lines() == []


def test_twisted_s_events_come_with_their_namespace_and_level(logged):
    twisted_log = Logger("twisted.web.test", observer=LogPublisher(TwistedToLogging(logged.tally)))
    twisted_log.warn("the {what} is late", what="peer")
    (line,) = logged.lines()
    told = (line["logger"], line["level"], line["event"])
    assert told == ("twisted.web.test", "warning", "the peer is late")


def test_twisted_s_failures_come_with_their_traceback(logged):
    twisted_log = Logger("twisted.test", observer=TwistedToLogging(logged.tally))
    try:
        int("no number")
    except ValueError:
        twisted_log.failure("a protocol broke")
    (line,) = logged.lines()
    assert (line["level"], line["event"]) == ("critical", "a protocol broke")
    assert "ValueError: invalid literal" in line["trace"]


def test_an_unhandled_fault_of_a_deferred_is_counted_once(logged):
    observer = TwistedToLogging(logged.tally)
    globalLogPublisher.addObserver(observer)
    try:
        forgotten: Deferred[None] = Deferred()
        forgotten.errback(ZeroDivisionError("nobody waits"))
        del forgotten
        gc.collect()
    finally:
        globalLogPublisher.removeObserver(observer)
    assert logged.tally.counted.count(("errors_unhandled",)) == 1
    assert "nobody waits" in logged.stream.getvalue()
