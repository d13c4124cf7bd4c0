"""The ``[admin]`` table: what browsers call the pages, and that nobody on the line reads along."""

import pytest

from gateway.config import ConfigFault, load_config

LOCAL = 'listen = "tcp:8443:interface=127.0.0.1"'
ORIGIN = 'origin = "https://till.example"'
SECRET = 'secret_file = "admin.hex"'


@pytest.fixture
def admin(tmp_path):
    """Load a configuration with these lines in its ``[admin]``."""
    for name in ("chain.hex", "admin.hex"):
        (tmp_path / name).write_text("ab" * 32)
        (tmp_path / name).chmod(0o600)

    def load(*lines, rest=""):
        file = tmp_path / "powertill.toml"
        file.write_text(
            '[utility]\nname = "Shop"\ncurrency = "CNY"\ntimezone = "UTC"\n'
            '[database]\nurl = "sqlite:///till.db"\n[ledger]\nchain_key_file = "chain.hex"\n'
            "[admin]\n" + "\n".join(lines) + "\n" + rest
        )
        return load_config(str(file)).admin

    return load


def fault(admin, *lines, rest=""):
    with pytest.raises(ConfigFault) as raised:
        admin(*lines, rest=rest)
    return str(raised.value)


def test_a_table_is_read(admin):
    found = admin(LOCAL, ORIGIN, SECRET)
    assert (found.origin, found.authenticators, found.links_max) == ("https://till.example", "approvers", 500)
    assert found.secret.reveal() == b"\xab" * 32
    assert "abab" not in repr(found)


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8443", "http://localhost", "https://[::1]:8443"])
def test_a_demo_on_this_machine_needs_no_tls(admin, origin):
    assert admin(LOCAL, f'origin = "{origin}"', SECRET).origin == origin


@pytest.mark.parametrize(
    ("origin", "why"),
    [
        ("http://till.example", "takes passwords and sessions"),
        ("till.example", "must be http or https"),
        ("https://till.example/", "must be http or https"),
        ("https://Till.example", "small letters"),
        ("https://ann@till.example", "must be http or https"),
        ("https://till.example:443", "that a browser leaves out"),
        ("https://till.example:x", "no address"),
    ],
)
def test_an_origin_that_no_browser_would_say_is_refused_with_the_cure(admin, origin, why):
    said = fault(admin, LOCAL, f'origin = "{origin}"', SECRET)
    assert why in said
    assert "admin.origin" in said
    assert "cure: " in said


def test_pages_that_are_reached_from_outside_without_tls_are_refused(admin):
    assert "can be reached from outside without TLS" in fault(admin, 'listen = "tcp:8443"', ORIGIN, SECRET)


def test_two_doors_at_one_place_are_refused(admin):
    health = '[health]\nlisten = "tcp:8443:interface=127.0.0.1"\n'
    said = fault(admin, LOCAL, ORIGIN, SECRET, rest=health)
    assert "admin.listen: health listens there already" in said


def test_an_unknown_word_is_refused(admin):
    assert "authenticators" in fault(admin, LOCAL, ORIGIN, SECRET, 'authenticators = "some"')
