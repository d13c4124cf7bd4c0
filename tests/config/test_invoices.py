"""The ``[invoices]`` table: the font that papers are printed with, and the utility's own words."""

import pytest

from gateway.config import ConfigFault, load_config
from gateway.config.invoices import FONT, INVOICE_TEXT_MAX


@pytest.fixture
def invoices(tmp_path):
    """Load a configuration with these lines in its ``[invoices]``."""
    (tmp_path / "chain.hex").write_text("ab" * 32)
    (tmp_path / "chain.hex").chmod(0o600)
    (tmp_path / "own.ttf").write_bytes(b"\0\1\0\0")

    def load(*lines):
        file = tmp_path / "powertill.toml"
        file.write_text(
            '[utility]\nname = "Shop"\ncurrency = "CNY"\ntimezone = "UTC"\n'
            '[database]\nurl = "sqlite:///till.db"\n[ledger]\nchain_key_file = "chain.hex"\n'
            "[invoices]\n" + "\n".join(lines) + "\n"
        )
        return load_config(str(file)).invoices

    return load


def test_without_the_table_debian_s_font_serves_and_nothing_is_added(invoices):
    found = invoices()
    assert (str(found.font), found.text) == (FONT, "")


def test_a_font_is_named_from_where_the_configuration_is(invoices, tmp_path):
    found = invoices('font = "own.ttf"', 'text = "谢谢。Спасибо."')
    assert (found.font, found.text) == (tmp_path / "own.ttf", "谢谢。Спасибо.")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('font = "none.ttf"', "there is no file"),
        (f'text = "{"x" * (INVOICE_TEXT_MAX + 1)}"', "301 characters, 300 are the most"),
        ('text = ""', "must be a text in quotes"),
        ("copies = 2", "is not a key"),
    ],
)
def test_what_is_wrong_is_refused_with_the_key(invoices, line, said):
    with pytest.raises(ConfigFault, match="invoices") as raised:
        invoices(line)
    assert said in str(raised.value)
