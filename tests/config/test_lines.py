"""Where a key stands: the line an operator is sent to is the right one."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.lines import key_lines, line_of

TEXT = '''\
# A remark with [brackets] and a = sign
top = 1

[utility] # whose
name = "a # no remark, \\" still text"
text = """
[not.a.table]
not_a_key = 1
"""
raw = \'\'\'
also = "not"
\'\'\'\'
list = [ # a list
  "x", # with = remarks ]
  { a = 1, "b]" = "}" },
]
a . "b.c" . d = 1979-05-27T07:32:00Z

[[bank]]
code = "one"
[bank.limits]
links = 1
[[bank]]
  code = "two"
  [[bank.door]]
  port = 1
  [[bank.door]]
  port = 2
["quoted \\u006bey"]
x.y = 1
x.z = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("utility",), 4),
        (("utility", "name"), 5),
        (("utility", "text"), 6),
        (("utility", "raw"), 10),
        (("utility", "list"), 13),
        (("utility", "a", "b.c", "d"), 17),
        (("bank", 0), 19),
        (("bank", 0, "code"), 20),
        (("bank", 0, "limits", "links"), 22),
        (("bank", 1, "code"), 24),
        (("bank", 1, "door", 0, "port"), 26),
        (("bank", 1, "door", 1, "port"), 28),
        (("quoted key", "x", "z"), 31),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_a_key_is_found_on_its_line(path, line, line_end):
    text = TEXT.replace("\n", line_end)
    tomllib.loads(text)
    assert key_lines(text)[path] == line


def test_what_only_looks_like_a_key_is_none():
    assert not {"not", "also", "not_a_key", "with", "a", "b]"} & {
        part for path in key_lines(TEXT) if path[0] != "utility" or path[1:2] != ("a",) for part in path
    }


@pytest.mark.parametrize(
    ("path", "line"), [(("utility", "currency"), 4), (("bank", 1, "listen"), 23), (("nowhere",), 1), ((), 1)]
)
def test_a_missing_key_is_looked_for_in_its_table(path, line):
    assert line_of(path, key_lines(TEXT)) == line


def test_every_key_of_a_file_is_found():
    def paths(table, path):
        for key, value in table.items():
            yield (*path, key)
            if isinstance(value, dict) and key != "list":
                yield from paths(value, (*path, key))
            if isinstance(value, list) and path == () and key == "bank":
                for number, row in enumerate(value):
                    yield from paths(row, (*path, key, number))

    wanted = set(paths(tomllib.loads(TEXT), ()))
    assert wanted - {("bank",), ("bank", 1, "door")} <= set(key_lines(TEXT))


VALUES = [
    "1",
    '"a = 1 # [x]"',
    "'\\'",
    '"\\"\\\\"',
    "[1, # ]\n 2]",
    "{ x = [1, 2], y = '}' }",
    '"""\nk0 = 1\n\\""" and ""\n"""',
    "'''\n[k1]\n'''",
    '""""quoted""""',
    "[[], [[]]]",
]
BETWEEN = ["\n", "\n\n", " # remark = [\n", "\n# k9 = 1\n\t"]


@given(st.lists(st.tuples(st.sampled_from(VALUES), st.sampled_from(BETWEEN)), max_size=12))
def test_whatever_value_stands_before_it_a_key_is_found(rows):
    text, wanted = "", {}
    for number, (value, between) in enumerate(rows):
        wanted[f"k{number}",] = text.count("\n") + 1
        text += f"k{number} = {value}{between}"
    assert set(tomllib.loads(text)) == {name for (name,) in wanted}
    assert key_lines(text) == wanted
