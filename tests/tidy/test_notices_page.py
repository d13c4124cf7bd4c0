"""The page for a receiver's programmer says what is: its notice, its receiver and its timetable are tried."""

import json
import re
from pathlib import Path

import pytest

from adapters.messages.webhook import body_of, signature
from gateway.core.delivery import ATTEMPTS_MAX, LeasedNotice, next_due_us
from gateway.core.timeline import moment_of

PAGE = (Path(__file__).parents[2] / "docs/notices.md").read_text(encoding="utf-8")
SECRET = b"a secret of both sides"


@pytest.fixture
def request_():
    """The request on the page: its headers and its body."""
    (block,) = re.findall(r"^```text\nPOST (.*?)\n```", PAGE, re.MULTILINE | re.DOTALL)
    head, _, body = block.partition("\n\n")
    return dict(line.split(": ", 1) for line in head.splitlines()[1:]), body.encode()


@pytest.fixture
def hook(tmp_path, monkeypatch):
    """The names of the page's receiver, which is read and not started."""
    (source,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notify.secret").write_bytes(SECRET + b"\n")
    found: dict = {"__name__": "hook"}
    exec(compile(source, "docs/notices.md", "exec"), found)  # noqa: S102 - our own page
    yield found
    found["store"].close()


def test_the_notice_of_the_page_is_what_is_sent(request_):
    headers, body = request_
    told = json.loads(body)
    at_us = int(told["id"].partition("-")[0])
    assert told["at"].startswith(f"{moment_of(at_us):%Y-%m-%dT%H:%M:%S}")
    number = int(told["id"].partition("-")[2])
    subject, receipt = int(told["sale"]), told["receipt"]
    notice = LeasedNotice(number, told["kind"], subject, "", at_us, 1, receipt, told["meter_end"])
    assert body_of(notice) == body
    assert headers["Idempotency-Key"] == notice.key
    at_s = int(re.findall(r"t=(\d+)", headers["Powertill-Signature"])[0])
    assert headers["Powertill-Signature"] == signature(SECRET, at_s, body)


def test_the_receiver_of_the_page_takes_its_notice_and_nothing_else(request_, hook, monkeypatch):
    headers, body = request_
    header = headers["Powertill-Signature"]
    at_s = int(re.findall(r"t=(\d+)", header)[0])
    genuine = hook["is_genuine"]
    monkeypatch.setattr(hook["time"], "time", lambda: at_s + 60.0)
    assert genuine(header, body)
    assert not genuine(header, body + b" ")
    assert not genuine(header.replace(f"t={at_s}", f"t={at_s + 1}"), body)
    assert not genuine("", body)
    assert not genuine("t=x,v1=y", body)
    monkeypatch.setattr(hook["time"], "time", lambda: at_s + 301.0)
    assert not genuine(header, body)


def seconds(text: str) -> int:
    unit = {"h": 3_600, "min": 60, "s": 1}
    return sum(int(count) * unit[name] for count, name in re.findall(r"(\d+) (h|min|s)\b", text))


def test_the_timetable_of_the_page_is_the_code_s():
    table = re.findall(r"^\| (\d+) \| ([^|]*) \| ([^|]*) \|$", PAGE, re.MULTILINE)
    due_us, due_at = 0, {1: 0}
    for attempts in range(1, ATTEMPTS_MAX):
        due_us = next_due_us(attempts, due_us) or 0
        due_at[attempts + 1] = due_us // 1_000_000
    assert int(table[-1][0]) == ATTEMPTS_MAX
    for attempt, after, since in table:
        assert due_at[int(attempt)] == seconds(since), attempt
        assert due_at[int(attempt)] - due_at[int(attempt) - 1] == seconds(after), attempt
