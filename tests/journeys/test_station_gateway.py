"""A real gateway with the stations' door: set up by the commands of the page, and shut by them."""

import stat
import subprocess
import sys

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.opening import open_database
from adapters.keys.station_authority import StationAuthority
from tests.builders import posting_batch
from tests.daemon import ROOT, make_place
from tests.journeys.test_canary_keys import powertill
from tests.office_people import People
from tests.office_place import ADMIN, KEY, PASSWORD
from tests.station_house import CallingStation

pytestmark = pytest.mark.slow

STATIONS = """
[stations]
listen = "tcp:8590:interface={host}"
hosts = ["{host}", "localhost"]
system = "815"
key_versions = ["1"]
"""
HELLO = {"version": "1", "readers": [], "unfinished": 0, "clock_us": 1}


class Outside:
    """What a calling station knows of a centre that is another process."""

    def __init__(self, place):
        self.folder, self.host, self.port = place.folder, place.host, 8590
        key = (place.folder / "stations/authority-key.pem").read_bytes()
        certificate = (place.folder / "stations/authority.pem").read_bytes()
        self.authority = StationAuthority(certificate, key, 30)


def test_a_station_is_set_up_by_commands_served_and_shut_out(tmp_path):
    place = make_place(tmp_path / "place", 1, ADMIN + STATIONS)
    (place.folder / "admin.hex").write_text(KEY.hex())
    (place.folder / "admin.hex").chmod(0o600)
    engine = open_database(f"sqlite:///{place.folder / 'till.db'}")
    batch = posting_batch(engine)
    People(batch).enter("ann", PASSWORD)
    batch.close()
    powertill(place, "stations", "authority")
    key = place.folder / "stations/authority-key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    assert "is not overwritten" in refused(place, "stations", "authority")
    assert key.read_bytes() == before
    powertill(place, "staff", "branch", "north", "Northern district")
    powertill(place, "staff", "station", "n1", "Counter 1", "--branch", "north")
    assert "no such station" in refused(place, "stations", "code", "n9")
    assert "no station has a certificate" in powertill(place, "stations", "list")
    code = powertill(place, "stations", "code", "n1").split("Code")[1].split()[0]
    with place.start() as gateway:
        gateway.up()
        station = CallingStation(Outside(place)).let_in(code)
        said = station.ok("hello", **HELLO)
        assert (said["name"], said["branch"], said["system"]) == ("Counter 1", "Northern district", "815")
        assert station.sign_in()["has_shift"] is False
        listed = powertill(place, "stations", "list")
        number = next(line.split()[0] for line in listed.splitlines() if " n1 " in line)
        assert "stands" in listed
        assert "taken back" in powertill(place, "stations", "revoke", number)
        status, answer = station.ask("hello", **HELLO)
        assert (status, answer["denied"]) == (401, "certificate")
        assert "taken back by local:" in powertill(place, "stations", "list", "--station", "n1")
        assert "taken back" in refused(place, "stations", "revoke", number)
        assert "no station has" in refused(place, "stations", "revoke", "ab")
        gateway.stop()
        gateway.assert_no_fault()
        log = gateway.log()
        assert "stations.listening" in log
        assert "station.no_card_keys" in log
        for secret in (code, PASSWORD, station.session or "none"):
            assert secret not in log
    place.assert_sound()
    with engine.connect() as connection:
        kept = connection.execute(select(t.station_code)).one()
    assert code not in str(kept)
    engine.dispose()


def refused(place, *words):
    """What a command says that comes to nothing."""
    command = [sys.executable, "-m", "gateway.cli", *words]
    path = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(place.folder)}
    done = subprocess.run(command, cwd=place.folder, env=path, capture_output=True, text=True, check=False)
    assert done.returncode in {1, 2}, done.stdout
    return done.stderr


def test_without_the_authority_s_files_the_gateway_does_not_start_and_says_the_cure(tmp_path):
    place = make_place(tmp_path / "place", 1, ADMIN + STATIONS)
    (place.folder / "admin.hex").write_text(KEY.hex())
    (place.folder / "admin.hex").chmod(0o600)
    with place.start() as gateway:
        gateway.ended()
        assert "powertill stations authority" in gateway.log()
