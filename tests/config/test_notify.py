"""Where notices go: over TLS, or not beyond this machine; and signed with a secret that is one."""

from pathlib import Path

import pytest

from gateway.config.notify import NOTIFY_KEYS, read_notify
from gateway.config.reader import ConfigFault, Section, Source

SECRET = "a secret of sixteen bytes or more"


@pytest.fixture
def secret_file(tmp_path):
    file = tmp_path / "notify.secret"
    file.touch(mode=0o600)
    file.write_text(SECRET)
    return file


@pytest.fixture
def read(secret_file):
    """Reads a ``[notify]`` table, with a good one in place of what is not given."""
    source = Source(str(secret_file.with_name("powertill.toml")), {})

    def read(**keys):
        table = {"url": "https://crm.example/hook", "secret_file": "notify.secret"} | keys
        return read_notify(Section(source, ("notify",), "notify", table, NOTIFY_KEYS))

    return read


def test_the_settings_are_typed(read):
    settings = read(timeout_s=5)
    assert (settings.url, settings.host, settings.timeout_s) == ("https://crm.example/hook", "crm.example", 5)
    assert settings.secret.reveal() == SECRET.encode()


def test_neither_the_secret_nor_the_url_shows_in_a_repr(read):
    said = repr(read(url="https://crm.example/hook/a-secret-path"))
    assert SECRET not in said
    assert "a-secret-path" not in said


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/hook",
        "http://127.9.8.7/",
        "http://[::1]:8000/hook",
        "http://localhost/hook",
        "https://10.1.2.3:8443/hook?of=town",
        "https://bücher.example/",
    ],
)
def test_a_url_over_tls_or_on_this_machine_is_taken(read, url):
    assert read(url=url).url == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://crm.example/hook", "leaves this machine without TLS"),
        ("http://10.1.2.3/hook", "leaves this machine without TLS"),
        ("http://127.0.0.1.example/hook", "leaves this machine without TLS"),
        ("http://localhost.example/", "leaves this machine without TLS"),
        ("https://user:word@crm.example/", "holds a user or a password"),
        ("https://crm.example/#part", "holds a #"),
        ("https://", "must be https://HOST/PATH"),
        ("https://:443/", "must be https://HOST/PATH"),
        ("ftp://crm.example/", "must be https://HOST/PATH"),
        ("crm.example/hook", "must be https://HOST/PATH"),
        ("https://crm example/", "must be https://HOST/PATH"),
        ("https://crm.example:99999/", "is no URL"),
        ("https://[::1/", "is no URL"),
        (f"https://{'a' * 64}.example/", "is no URL"),
    ],
)
def test_any_other_url_is_refused_with_the_cure(read, url, why):
    with pytest.raises(ConfigFault, match=r"notify\.url: ") as caught:
        read(url=url)
    assert why in str(caught.value)
    assert "; cure: " in str(caught.value)
    assert "word" not in str(caught.value).replace("password", "")


def test_a_short_secret_is_refused_and_not_said(read, secret_file):
    secret_file.write_text("too short")
    with pytest.raises(ConfigFault, match="can be guessed") as caught:
        read()
    assert "too short" not in str(caught.value)


@pytest.mark.parametrize("timeout_s", [0, 31, "10", True])
def test_a_time_out_is_within_its_bounds(read, timeout_s):
    with pytest.raises(ConfigFault, match="from 1 to 30"):
        read(timeout_s=timeout_s)


def test_every_key_has_its_row_in_the_page():
    page = (Path(__file__).parents[2] / "docs/configuration.md").read_text(encoding="utf-8")
    section = page.partition("## `[notify]`")[2].partition("\n## ")[0]
    assert [key for key in NOTIFY_KEYS if f"| `{key}` |" not in section] == []
