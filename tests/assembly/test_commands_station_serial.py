"""powertill station check, where the reader is on a serial line."""

import pytest

from gateway.cli import main
from gateway.simulators.card.serial_reader import SerialReader
from tests.cards import blank


@pytest.fixture
def device(tmp_path):
    made = SerialReader(tmp_path / "ttyCARD")
    yield made
    made.unplug()


@pytest.fixture
def checked(tmp_path, capsys):
    """What it says of the reader; the station is not let in yet, so that not all is in order."""
    config = tmp_path / "station.toml"
    config.write_text(
        f'[centre]\nurl = "https://127.0.0.1:1"\n[reader]\nline = "{tmp_path}/ttyCARD"\n', encoding="ascii"
    )

    def check():
        assert main(["station", "check", "--config", str(config)]) == 1
        said = capsys.readouterr().out.splitlines()
        return next(line for line in said if line.startswith("reader"))

    return check


def test_a_reader_that_answers_is_in_order(device, checked):
    assert checked() == f"reader      ok   {device.path}, empty"
    device.insert(blank("gdw365"))
    assert checked() == f"reader      ok   {device.path}, a card is in it"


def test_a_line_that_is_not_there_is_said(device, checked):
    device.unplug()
    assert checked() == f"reader      no   {device.path}: there is no such line"
