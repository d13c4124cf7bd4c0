"""The ``[stations]`` table: what is read, and what is refused with its line and its cure."""

import pytest

from gateway.config import ConfigFault, load_config
from tests.daemon import make_place
from tests.office_place import ADMIN, KEY

STATIONS = """
[stations]
listen = "tcp:8590"
hosts = ["till.example", "10.0.0.5"]
system = "815"
key_versions = ["1", "2"]
"""


@pytest.fixture
def place(tmp_path):
    made = make_place(tmp_path / "place", 1)
    (made.folder / "admin.hex").write_text(KEY.hex())
    (made.folder / "admin.hex").chmod(0o600)
    return made


def read(place, table, admin=ADMIN):
    file = place.folder / "powertill.toml"
    file.write_text((place.folder / "powertill.toml").read_text() + (admin + table).format(host="127.0.0.1"))
    return load_config(str(file)).stations


def test_without_the_table_there_is_no_door(place):
    assert read(place, "") is None


def test_what_is_not_said_is_as_the_page_says(place):
    found = read(place, STATIONS)
    assert (found.listen, found.hosts, found.system) == ("tcp:8590", ("till.example", "10.0.0.5"), "815")
    assert found.key_versions == {1, 2}
    assert (found.certificate_days, found.links_max, found.server_file) == (365, 256, None)
    assert found.idle_deadline_s == 90
    assert found.authority_key_file == place.folder / "stations/authority-key.pem"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("tcp:8590", "ssl:8590", "stations.listen"),
        ("tcp:8590", "tcp:8443:interface=127.0.0.1", "stations.listen"),
        ('hosts = ["till.example", "10.0.0.5"]', "", "stations.hosts"),
        ("till.example", "no such host", "stations.hosts"),
        ('system = "815"', "", "stations.system"),
        ('"815"', '"a town"', "stations.system"),
        ('"1", "2"', "", "stations.key_versions"),
        ('"1", "2"', '"one"', "stations.key_versions"),
        ('system = "815"', 'system = "815"\ncertificate_days = 826', "stations.certificate_days"),
        ('system = "815"', 'system = "815"\nserver_file = "a.pem"', "stations.server_key_file"),
        ('system = "815"', 'system = "815"\nidle_deadline_s = 0', "stations.idle_deadline_s"),
        ('system = "815"', 'system = "815"\nlinks = 1', "stations.links"),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(place, old, new, key):
    with pytest.raises(ConfigFault) as refused:
        read(place, STATIONS.replace(old, new))
    assert refused.value.key == key
    assert "cure: " in str(refused.value)


def test_without_the_pages_nobody_could_sign_in(place):
    with pytest.raises(ConfigFault, match=r"\[admin\]"):
        read(place, STATIONS, admin="")
