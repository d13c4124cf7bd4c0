"""Copies of the chain's head: one line each, and a file of something else is refused."""

from __future__ import annotations

import json

import pytest

from gateway.core.chain import Link
from gateway.proof.heads import HeadsFault, head_line, read_heads

MAC = "ab" * 32
HEAD = Link(number=4_711, at_us=1_790_000_000_123_456, last_id=5, last_position=998_877, mac=MAC)


def test_a_head_is_a_line_that_is_read_back():
    line = head_line(HEAD)
    assert json.loads(line) == {"at": "2026-09-21T14:13:20Z", "link": 4_711, "position": 998_877, "mac": MAC}
    assert read_heads([line + "\n", "\n", line]) == {4_711: MAC}


@pytest.mark.parametrize(
    "line",
    ["x", "[]", "5", '{"link": 1}', f'{{"link": 0, "mac": "{MAC}"}}', f'{{"link": true, "mac": "{MAC}"}}',
     '{"link": 1, "mac": "ab"}', '{"link": 1, "mac": 5}', '{"link": 1, "mac": "' + "x" * 2_000],
)  # fmt: skip
def test_what_is_no_head_is_refused_with_its_line(line):
    with pytest.raises(HeadsFault, match="line 2 is no copy of the chain's head"):
        read_heads([head_line(HEAD), line])


def test_one_link_with_two_seals_is_refused():
    other = json.dumps({"link": 4_711, "mac": "cd" * 32})
    with pytest.raises(HeadsFault, match="line 2: link 4711 stands in another line with another seal"):
        read_heads([head_line(HEAD), other])
