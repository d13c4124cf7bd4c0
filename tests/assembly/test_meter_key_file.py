"""Key files of meters: counters that are never used twice, whoever else has the file and whenever it ends."""

import json

import pytest

from gateway.assembly.meter_key_file import KeyFile, KeyFileFault
from gateway.codecs.dlms.security import COUNTER_MAX

KEYS = {"encryption": "00" * 16, "authentication": "11" * 16, "title": "22" * 8, "counter": 7}


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "keys"
    made.touch(0o600)
    made.write_text(json.dumps(KEYS))
    return made


def test_two_programs_never_have_the_same_counter(file):
    first = KeyFile(file)
    for counter in (8, 9):
        with pytest.raises(KeyFileFault, match=r"another program uses .*; cure: wait") as caught:
            KeyFile(file)
        assert caught.value.is_busy
        first.used(counter)
    with pytest.raises(KeyFileFault, match="another program uses"):
        KeyFile(file)
    del first


def test_who_comes_afterwards_goes_on_behind_the_last_counter(file):
    first = KeyFile(file)
    first.used(100)
    first.release()
    assert KeyFile(file).sealing().counter == 100
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_a_link_leads_to_is_written_where_it_is(file, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(file)
    KeyFile(link).used(8)
    assert link.is_symlink()
    assert json.loads(file.read_text()) == KEYS | {"counter": 8}


def test_a_counter_at_its_end_is_an_end_with_a_sentence(file):
    file.write_text(json.dumps(KEYS | {"counter": COUNTER_MAX + 1}))
    with pytest.raises(KeyFileFault, match=r"counter in .* must be from 0 to 4294967295"):
        KeyFile(file)


@pytest.mark.parametrize("text", ["[]", "{", '{"encryption": 1}', "null", '"x"'])
def test_what_is_no_key_file_is_said_to_be_none(file, text):
    file.write_text(text)
    with pytest.raises(KeyFileFault, match="is not of its form; cure"):
        KeyFile(file)


def test_a_file_that_is_missing_or_open_to_others_is_refused(file):
    with pytest.raises(KeyFileFault, match=r"cannot be read.*; cure"):
        KeyFile(file.with_name("none"))
    file.chmod(0o644)
    with pytest.raises(KeyFileFault, match="; cure"):
        KeyFile(file)


def test_a_file_that_is_put_right_is_used_without_a_restart(file):
    file.write_text("{")
    with pytest.raises(KeyFileFault, match="is not of its form"):
        KeyFile(file)
    file.write_text(json.dumps(KEYS))
    assert KeyFile(file).sealing().counter == 7


def test_a_counter_that_cannot_be_written_is_said_in_a_sentence(file):
    keys = KeyFile(file)
    (file.parent / "keys.new").mkdir()
    with pytest.raises(KeyFileFault, match="cannot be written: Is a directory"):
        keys.used(8)
