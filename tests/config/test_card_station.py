"""station.toml: the example can be used, and what is wrong is refused with its line and the cure."""

from pathlib import Path

import pytest
from twisted.python import usage

from adapters.card_reader.serial_line import LinePlan
from gateway.assembly.card_station import folder_of, plan_of
from gateway.assembly.card_station_tap import Options
from gateway.codecs.ccid.message import Volts
from gateway.config import ConfigFault
from gateway.config.card_station import load_card_station

EXAMPLE = Path(__file__).parents[2] / "docs/station.example.toml"
LEAST = '[centre]\nurl = "https://centre.example:8443"\n[reader]\nname = "Station 0 00 00"\n'

LINE = '[centre]\nurl = "https://centre.example:8443"\n[reader]\nline = "/dev/ttyUSB0"\n'


def load(tmp_path, text):
    file = tmp_path / "station.toml"
    file.write_text(text)
    return load_card_station(str(file))


def test_the_example_is_a_configuration():
    settings = load_card_station(str(EXAMPLE))
    assert (settings.centre, settings.desk_port) == ("https://centre.example:8443", 8766)
    assert settings.folder == EXAMPLE.parent.resolve() / "station"


def test_what_is_left_out_has_its_default(tmp_path):
    settings = load(tmp_path, LEAST)
    assert (settings.reader, settings.reader_serial, settings.language) == ("Station 0 00 00", "", "en")
    plan = plan_of(settings)
    assert plan.journal == tmp_path / "station/journal"
    assert folder_of(settings).authority == tmp_path / "authority.pem"
    assert not folder_of(settings).is_enrolled


def test_a_reader_on_a_serial_line_is_known_by_it(tmp_path):
    plan = plan_of(load(tmp_path, LINE))
    assert (plan.reader, plan.line) == ("/dev/ttyUSB0", LinePlan("/dev/ttyUSB0"))
    more = 'speed = 9600\nexchange = "apdu"\nvolts = "1.8"\n'
    plan = plan_of(load(tmp_path, LINE + more))
    assert plan.line == LinePlan("/dev/ttyUSB0", 9600, Volts.LOW, takes_apdus=True)
    assert plan_of(load(tmp_path, LEAST)).line is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LEAST.replace("https", "http"), "toml:2: centre.url: must be an address that begins with"),
        ('[centre]\nurl = "https://c"\n', "reader.name: is missing"),
        (LEAST + "[desk]\nport = 80\n", "toml:6: desk.port: must be a whole number from 1024 to 65535"),
        (LEAST + '[desk]\nlanguage = "de"\n', "desk.language: must be one of en, zh, ru"),
        (LINE + 'name = "ACS"\n', "toml:5: reader.name: is not for a reader on a serial line"),
        (LINE + 'serial = "1"\n', "reader.serial: is not for a reader on a serial line"),
        (LEAST + "speed = 9600\n", "toml:5: reader.speed: is not for a reader of PC/SC"),
        (LINE + "speed = 14400\n", "reader.speed: must be one of 9600, 19200"),
        (LINE + 'exchange = "block"\n', "reader.exchange: must be one of tpdu, apdu"),
        (LINE + 'volts = "12"\n', "reader.volts: must be one of 5, 3, 1.8, auto"),
        (LINE.replace("/dev/", ""), "reader.line: must be the whole path of a serial line"),
        (LEAST + "[bank]\n", "bank: is not a key of the configuration"),
        (LEAST + '[desk]\nlisten = "0.0.0.0"\n', "desk.listen: is not a key of the configuration"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(tmp_path, text, said):
    with pytest.raises(ConfigFault) as fault:
        load(tmp_path, text)
    assert said in str(fault.value)
    assert "cure:" in str(fault.value)


def test_twistd_refuses_it_in_the_same_words(tmp_path):
    file = tmp_path / "station.toml"
    file.write_text("[centre]\n")
    with pytest.raises(usage.UsageError, match=r"centre\.url: is missing"):
        Options().parseOptions(["--config", str(file)])
