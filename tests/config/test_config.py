"""The configuration: what it gives, what it refuses, and that no secret gets out of it."""

import copy
import os
import pickle
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.config import ConfigFault, load_config
from gateway.config.bank import BANK_KEYS, BANKS_MAX
from gateway.core.money import Money
from gateway.secret import SECRET_FILE_MAX, Secret

EXAMPLE = Path(__file__).parents[2] / "docs" / "powertill.example.toml"
VENDING_KEY = "0123456789abcdef0123456789abcdef01234567"

SMALL = """\
[utility]
name = "Town"
currency = "CNY"
timezone = "Asia/Shanghai"
[database]
url = "sqlite:///ledger.db"
"""
BANK = """\
[[bank]]
code = "demo"
listen = "tcp:8583:interface=127.0.0.1"
"""
KEY = """\
[[vending_key]]
sgc = "600675"
krn = 1
file = "key.hex"
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with all that the example names."""
    for name in ("var", "keys", "log"):
        (tmp_path / name).mkdir()
    for name, text in {
        "keys/600675-1.hex": VENDING_KEY,
        "key.hex": VENDING_KEY,
        "keys/chain.hex": "ab" * 32,
        "keys/admin.hex": "cd" * 32,
        "keys/altopay-sign-on": "open sesame\n",
        "keys/demo-soap": "open sesame\n",
    }.items():
        file = tmp_path / name
        file.write_text(text)
        file.chmod(0o600)
    return tmp_path


@pytest.fixture
def read(folder):
    """Reads a text as the configuration in that folder."""

    def read(text):
        file = folder / "powertill.toml"
        file.write_text(text)
        return load_config(str(file))

    return read


@pytest.fixture
def refused(read, folder):
    """Reads a text that must be refused; the sentence, without the folder's name."""

    def refused(text):
        with pytest.raises(ConfigFault) as caught:
            read(text)
        return str(caught.value).replace(f"{folder}/", "")

    return refused


def test_the_example_is_a_configuration(read):
    config = read(EXAMPLE.read_text())
    assert [bank.code for bank in config.banks] == ["demo", "altopay"]
    assert config.health_listen == "tcp:9583:interface=127.0.0.1"
    assert config.flat_rate == "0.5500"


def test_the_utility_is_typed(read):
    utility = read(EXAMPLE.read_text()).utility
    assert (utility.currency, utility.zone, utility.cut_over) == (
        "CNY",
        ZoneInfo("Asia/Shanghai"),
        time(0, 0),
    )


def test_the_office_s_pages_are_typed(read):
    admin = read(EXAMPLE.read_text()).admin
    assert (admin.listen, admin.origin) == ("tcp:8443:interface=127.0.0.1", "https://till.example")


def test_a_bank_is_typed(read):
    bank = read(EXAMPLE.read_text()).banks[0]
    assert (bank.least, bank.most) == (Money(100, "CNY"), Money(500_000, "CNY"))
    assert bank.acquirers == {"01020304"}
    assert (bank.token_in_answer, bank.advice_posts, bank.sign_on_secret) == (None, None, None)


def test_a_bank_may_override_its_profile(read):
    bank = read(EXAMPLE.read_text()).banks[1]
    assert (bank.token_in_answer, bank.advice_posts) == (False, True)
    assert bank.sign_on_secret == Secret(b"open sesame")


def test_a_small_configuration_has_its_defaults(read, folder):
    config = read(SMALL + BANK)
    bank = config.banks[0]
    assert (bank.profile, bank.name, bank.covered, bank.acquirers) == ("default", "demo", False, frozenset())
    assert (bank.in_flight_max, bank.frame_deadline_s, bank.idle_deadline_s) == (64, 10, 300)
    assert (bank.reply_deadline_s, bank.links_max) == (20, 64)
    assert (config.health_listen, config.flat_rate, config.vending_keys) == (None, None, ())
    assert (config.log.level, config.log.file) == ("info", None)


def test_the_database_begins_where_the_file_is(read, folder):
    assert read(SMALL).database_url == f"sqlite:///{folder}/ledger.db"


def test_an_absolute_database_stays_where_it_is(read, tmp_path):
    assert (
        read(SMALL.replace("///ledger.db", f"///{tmp_path}/x.db")).database_url
        == f"sqlite:///{tmp_path}/x.db"
    )


def test_a_vending_key_is_read(read):
    (key,) = read(SMALL + KEY).vending_keys
    assert (key.sgc, key.krn, key.key.reveal()) == ("600675", 1, bytes.fromhex(VENDING_KEY))


def test_a_profile_may_be_a_file_of_the_operator(read, folder):
    (folder / "ours.json").write_text("{}")
    bank = read(SMALL + BANK + 'profile = "ours.json"').banks[0]
    assert (bank.profile, bank.profile_file) == ("ours.json", folder / "ours.json")


def test_a_currency_without_minor_digits_has_its_bounds(read):
    bank = read(SMALL.replace("CNY", "JPY") + BANK).banks[0]
    assert (bank.least, bank.most) == (Money(1, "JPY"), Money(5000, "JPY"))


def test_a_refusal_names_line_key_fault_and_cure(refused):
    assert refused(SMALL + BANK + "links_max = 0\n") == (
        "powertill.toml:10: bank.demo.links_max: must be a whole number from 1 to 1024, not 0; "
        "cure: leave the line out for 64"
    )


@pytest.mark.parametrize(
    ("added", "where"),
    [
        ("listn = 1", "10: bank.demo.listn: is not a key of the configuration; cure: did you mean listen?"),
        ("zzz = 1", "10: bank.demo.zzz: is not a key of the configuration; cure: known are code"),
        ("[bnk]", "10: bnk: is not a key of the configuration; cure: did you mean bank?"),
        ("[bank.door]", "10: bank.demo.door: is not a key"),
        ("[health]\nlsten = 1", "11: health.lsten: is not a key"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(refused, added, where):
    # Before its code is read, a bank is known by its place.
    assert refused(SMALL + BANK + added).replace("bank[1]", "bank.demo").startswith(f"powertill.toml:{where}")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (('name = "Town"\n', ""), "1: utility.name: is missing"),
        (('"CNY"', '"CNX"'), "3: utility.currency: CNX is no currency"),
        (('"CNY"', '"cny"'), "3: utility.currency: must be the three letters"),
        (('"Asia/Shanghai"', '"Asia/Atlantis"'), "4: utility.timezone: 'Asia/Atlantis' is no IANA"),
        (('"Asia/Shanghai"', '"../../etc/passwd"'), "4: utility.timezone: "),
        (('"Asia/Shanghai"', '"Asia"'), "4: utility.timezone: "),
        (("[database]", 'cut_over = "24:00"\n[database]'), "5: utility.cut_over: must be a time"),
        (("[utility]", "[[utility]]"), "1: utility: must be a table"),
        (('"Town"', "5"), "2: utility.name: must be a text"),
        (('"Town"', '"To\\nwn"'), "2: utility.name: must be a text"),
        (("sqlite:///ledger.db", "postgresql://u:hunter2@db/x"), "6: database.url: holds a password; cure: "),
        (
            ("sqlite:///ledger.db", "postgresql://u@db"),
            "6: database.url: must be postgresql://USER@HOST/NAME",
        ),
        (
            ("sqlite:///ledger.db", "postgres://u@db/x"),
            "6: database.url: must be postgresql://USER@HOST/NAME",
        ),
        (("sqlite:///ledger.db", "postgresql://u@db:port/x"), "6: database.url: is no URL"),
        (("sqlite:///ledger.db", "postgresql://u@db/x?options=-cfsync"), "6: database.url: 'options' is no"),
        (
            ("sqlite:///ledger.db", "mysql://u@db/x"),
            "6: database.url: must be sqlite:///FILE or postgresql://",
        ),
        (("sqlite:///ledger.db", "sqlite://"), "6: database.url: must be sqlite:///FILE"),
        (("sqlite:///ledger.db", "sqlite:///:memory:?x=1"), "6: database.url: must be sqlite:///FILE"),
        (
            ("ledger.db", "none/ledger.db"),
            "6: database.url: the folder none is not there; cure: mkdir -p none",
        ),
    ],
)
def test_a_wrong_value_is_refused_where_it_stands(refused, change, sentence):
    said = refused(SMALL.replace(*change))
    assert said.startswith(f"powertill.toml:{sentence}")
    assert "; cure: " in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            'profile = "altopai"',
            "profile: must be one of altopay, binary87, default, not 'altopai'; cure: did you mean",
        ),
        ('profile = "none.json"', "profile: none.json is not there"),
        ("covered = 1", "covered: must be true or false"),
        ('acquirers = "1"', "acquirers: must be a list"),
        ('acquirers = ["12a"]', "acquirers: each must be 1 to 11 digits in quotes, not '12a'"),
        ("acquirers = [12]", "acquirers: each must be"),
        ('least = "0.00"', "least: CNY 0.00 must be above 0"),
        ('least = "1.005"', "least: '1.005' has 3 decimals"),
        ("least = 1.5", "least: must be a text in quotes"),
        ('most = "-1"', "most: CNY -1.00 must be above 0"),
        ('most = "99999999999999"', "most: CNY 99999999999999.00 must be above 0 and below"),
        ('least = "10"\nmost = "9"', "most: CNY 9.00 is below least, CNY 10.00"),
        ("in_flight_max = 1001", "in_flight_max: must be a whole number from 1 to 1000, not 1001"),
        ("in_flight_max = true", "in_flight_max: must be a whole number"),
        ("frame_deadline_s = 61", "frame_deadline_s: must be a whole number from 1 to 60, not 61"),
        ("frame_deadline_s = 1.5", "frame_deadline_s: must be a whole number"),
        ("idle_deadline_s = 9", "idle_deadline_s: must be a whole number from 10 to 3600, not 9"),
        ("reply_deadline_s = 0", "reply_deadline_s: must be a whole number from 1 to 60, not 0"),
        ("links_max = 1025", "links_max: must be a whole number from 1 to 1024, not 1025"),
        ('advice_posts = "yes"', "advice_posts: must be true or false"),
        ('sign_on_secret_file = "nowhere"', "sign_on_secret_file: nowhere cannot be read: No such file"),
    ],
)
def test_a_bank_s_wrong_value_is_refused(refused, line, sentence):
    said = refused(SMALL + BANK + line)
    assert f": bank.demo.{sentence}" in said


@pytest.mark.parametrize("code", ["", "Demo", "a" * 17, "a/b", "ä", "a b"])
def test_a_bank_s_code_is_short_and_plain(refused, code):
    assert "bank[1].code: must be" in refused(SMALL + BANK.replace('"demo"', f'"{code}"'))


def test_no_bank_is_called_what_tariffs_call_the_counters(refused):
    assert "bank.counter.code: is what tariffs call" in refused(SMALL + BANK.replace('"demo"', '"counter"'))


@pytest.mark.parametrize(
    "listen",
    [
        "8583",
        "udp:8583",
        "tcp:",
        "tcp",
        "tcp:65536",
        "tcp:-1",
        "tcp:http",
        "tcp:interface=127.0.0.1",
        "unix:",
        "ssl:x",
    ],
)
def test_an_endpoint_that_nobody_could_open_is_refused(refused, listen):
    assert "powertill.toml:9: bank.demo.listen: " in refused(
        SMALL + BANK.replace("tcp:8583:interface=127.0.0.1", listen)
    )


@pytest.mark.parametrize(
    "listen", ["tcp:0", "tcp:port=8583", "tcp6:8583:interface=\\\\:\\\\:1", "unix:/run/bank"]
)
def test_an_endpoint_of_twisted_is_taken(read, listen):
    assert read(SMALL + BANK.replace("tcp:8583:interface=127.0.0.1", listen)).banks


def test_two_banks_of_one_code_are_refused(refused):
    other = BANK.replace("8583", "8584")
    assert refused(SMALL + BANK + other).startswith("powertill.toml:11: bank.demo.code: stands here twice")


def test_two_doors_at_one_place_are_refused(refused):
    other = BANK.replace("demo", "other").replace("tcp:8583", "tcp:port=8583")
    assert refused(SMALL + BANK + other).startswith(
        "powertill.toml:12: bank.other.listen: bank.demo listens there already"
    )
    health = '[health]\nlisten = "tcp:8583:interface=127.0.0.1"\n'
    assert "bank.demo.listen: health listens there already" in refused(SMALL + BANK + health)


def test_doors_at_any_free_port_do_not_meet(read):
    free = BANK.replace("8583", "0")
    assert len(read(SMALL + free + free.replace("demo", "other")).banks) == 2


def test_more_banks_than_the_limit_are_refused(refused):
    banks = "".join(BANK.replace("demo", f"b{number}") for number in range(BANKS_MAX + 1))
    assert f"bank: stands here {BANKS_MAX + 1} times, {BANKS_MAX} are the most" in refused(SMALL + banks)


def test_a_single_table_is_no_list_of_banks(refused):
    assert refused(SMALL + BANK.replace("[[bank]]", "[bank]")).startswith(
        "powertill.toml:7: bank: must be a list of tables; cure: write [[bank]]"
    )


@pytest.mark.parametrize(
    ("added", "sentence"),
    [
        ("[health]", "7: health.listen: is missing"),
        ('[log]\nlevel = "loud"', "8: log.level: must be one of debug, info"),
        ('[log]\nlevel = "warn"', "8: log.level: must be one of"),
        ('[log]\nfile = "none/x.log"', "8: log.file: the folder none is not there; cure: mkdir -p none"),
        ('[pricing]\ncounters = "half"', "8: pricing.counters: must be one of carry, prorate"),
        ("[pricing]\nflat_rate = 0.55", "8: pricing.flat_rate: must be a text"),
        ('[pricing]\nflat_rate = "0"', "8: pricing.flat_rate: must be above 0"),
        ('[pricing]\nflat_rate = "-1"', "8: pricing.flat_rate: must be a decimal"),
        ("log = 5", "7: database.log: is not a key"),
    ],
)  # fmt: skip
def test_a_wrong_value_of_another_section_is_refused(refused, added, sentence):
    assert refused(SMALL + added).startswith(f"powertill.toml:{sentence}")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666])
def test_a_key_file_that_others_may_touch_is_refused_with_the_cure(refused, folder, mode):
    (folder / "key.hex").chmod(mode)
    said = refused(SMALL + KEY)
    assert said.startswith(
        "powertill.toml:10: vending_key.600675.1.file: key.hex may be read or changed by others"
    )
    assert said.endswith("cure: chmod 600 key.hex")


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_file_of_its_owner_alone_is_taken(read, folder, mode):
    (folder / "key.hex").chmod(mode)
    assert read(SMALL + KEY).vending_keys


@pytest.mark.parametrize(
    "content",
    [
        "",
        " \n",
        VENDING_KEY[:-1],
        VENDING_KEY[:-2],
        VENDING_KEY + "00",
        VENDING_KEY[:-1] + "g",
        "x" * (SECRET_FILE_MAX + 1),
    ],
    ids=["empty", "blank", "odd", "short", "long", "not hexadecimal", "endless"],
)
def test_another_content_than_a_key_is_refused_and_not_told(refused, folder, content):
    (folder / "key.hex").write_text(content)
    said = refused(SMALL + KEY)
    assert said.startswith("powertill.toml:10: vending_key.600675.1.file: ")
    assert not content.strip() or content.strip()[:8] not in said


def test_a_pipe_in_the_key_s_place_does_not_hold_up_the_start(refused, folder):
    (folder / "key.hex").unlink()
    os.mkfifo(folder / "key.hex", 0o600)
    assert "key.hex is not a plain file" in refused(SMALL + KEY)


def test_a_folder_in_the_key_s_place_is_refused(refused, folder):
    (folder / "key.hex").unlink()
    (folder / "key.hex").mkdir(0o700)
    assert "vending_key.600675.1.file: key.hex " in refused(SMALL + KEY)


def test_one_key_twice_is_refused(refused):
    assert refused(SMALL + KEY + KEY).startswith("powertill.toml:11: vending_key.600675.1: stands here twice")


@pytest.mark.parametrize(
    ("change", "key"), [(('"600675"', '"60067"'), "sgc"), (("krn = 1", "krn = 0"), "krn")]
)
def test_a_key_s_name_is_judged(refused, change, key):
    assert f"vending_key[1].{key}: must be" in refused(SMALL + KEY.replace(*change))


def test_no_secret_shows_in_a_repr(read, folder):
    text = EXAMPLE.read_text() + KEY.replace("krn = 1", "krn = 2")
    shown = repr(read(text)) + str(read(text))
    for secret in (VENDING_KEY, repr(bytes.fromhex(VENDING_KEY))[2:-1], "open sesame", "ledger.db"):
        assert secret not in shown
    assert "Secret(****)" in shown


def test_a_secret_is_shown_and_written_by_nobody():
    secret = Secret(b"open sesame")
    assert {repr(secret), str(secret), f"{secret}", f"{[secret]}"} == {"Secret(****)", "[Secret(****)]"}
    for write in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not written down"):
            write(secret)


def test_secrets_are_compared_by_their_bytes():
    assert Secret(b"a") == Secret(b"a")
    assert Secret(b"a") != Secret(b"b")
    assert Secret(b"a") != b"a"
    assert hash(Secret(b"a")) == hash(Secret(b"a"))


@pytest.mark.parametrize(
    ("octets", "sentence"),
    [
        (b"[utility]\nname = Town\n", "powertill.toml:2: is not TOML: Invalid value"),
        (b'a = "open\n', "powertill.toml:1: is not TOML: "),
        (b"a = [\n1,\n", "powertill.toml:3: is not TOML: "),
        (b"a = 1\na = 2\n", "powertill.toml:2: is not TOML: Cannot overwrite a value"),
        (b'# fine\nname = "\xff"\n', "powertill.toml:2: is not UTF-8"),
        (b"#" * 300_000, "powertill.toml: is larger than 262144 bytes"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_by_its_line(folder, octets, sentence):
    file = folder / "powertill.toml"
    file.write_bytes(octets)
    with pytest.raises(ConfigFault) as caught:
        load_config(str(file))
    assert str(caught.value).replace(f"{folder}/", "").startswith(sentence)


def test_a_file_that_is_not_there_is_refused(folder):
    with pytest.raises(
        ConfigFault, match=r"nowhere\.toml: cannot be read: No such file or directory; cure: "
    ):
        load_config(str(folder / "nowhere.toml"))


def test_every_key_has_its_row_in_the_page():
    page = (EXAMPLE.parent / "configuration.md").read_text()
    others = ("currency", "timezone", "cut_over", "url", "sgc", "krn", "file", "listen", "level", "flat_rate")
    assert [key for key in (*BANK_KEYS, *others) if f"`{key}`" not in page] == []


@pytest.mark.parametrize(
    ("line", "minutes"), [("", None), ("close_after_minutes = 0", 0), ("close_after_minutes = 1440", 1440)]
)
def test_days_are_closed_by_the_gateway_only_where_the_configuration_says_when(read, line, minutes):
    assert read(f"{SMALL}[ledger]\n{line}\n").ledger.close_after_minutes == minutes


@pytest.mark.parametrize("value", ["-1", "1441", "true", '"30"'])
def test_a_close_too_late_or_in_no_number_of_minutes_is_refused(read, value):
    with pytest.raises(ConfigFault, match="close_after_minutes: must be a whole number from 0 to 1440"):
        read(f"{SMALL}[ledger]\nclose_after_minutes = {value}\n")
