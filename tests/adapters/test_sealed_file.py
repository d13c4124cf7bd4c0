import hashlib
import json
import logging
import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from adapters.keys import sealed_document
from adapters.keys.component import ComponentRefusal, ComponentRefusalWhy
from adapters.keys.passphrase import (
    MEMORY_KIB_MAX,
    MEMORY_KIB_MIN,
    RECOMMENDED,
    Argon2Cost,
    PassphraseTooShort,
    sealing_key,
)
from adapters.keys.sealed_document import SealedFileFault, SealedFileWhy
from adapters.keys.sealed_file import KeptKey, SealedFile
from gateway.core.person import PERSON_MAX

#: As little as is allowed: what a guess costs is tried once, below.
CHEAP = Argon2Cost(MEMORY_KIB_MIN, 1, 1)
PASSPHRASE = b"canary-passphrase-of-ann"
VENDING_KEY = bytes.fromhex("abababababababab949494949494949401234567")
FIRST = bytes.fromhex("c0ffee00112233445566778899aabbccddeeff42")
SECOND = bytes(one ^ other for one, other in zip(VENDING_KEY, FIRST, strict=True))
# openssl: see test_keyed_issuer.
KCV = "0F353D"
PLACE = ("201457", 1)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys.sealed"


@pytest.fixture
def kept(file):
    return SealedFile.begun(file, PASSPHRASE, CHEAP)


def loaded(kept, krn=1):
    place = "201457", krn
    kept.bring_first(place, FIRST, "ann")
    kept.keep_whole(place, kept.try_second(place, SECOND, "bob"), ("ann", "bob"))


def why_refused(do, octets=SECOND, person="bob", place=PLACE):
    with pytest.raises(ComponentRefusal) as caught:
        do(place, octets, person)
    return caught.value.why


def why_faulty(do, *arguments):
    with pytest.raises(SealedFileFault) as caught:
        do(*arguments)
    return caught.value.why


def altered(file, change):
    """Change the file's content as somebody who knows its form: the digest is right again."""
    plain = json.loads(file.read_text())
    change(plain)
    plain.pop("sha256")
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    file.write_text(json.dumps(plain | {"sha256": hashlib.sha256(text.encode()).hexdigest()}))


def test_two_people_s_parts_become_the_key(kept, file):
    loaded(kept)
    later = SealedFile.open(file, PASSPHRASE)
    assert later.key(*PLACE) == VENDING_KEY
    assert later.contents() == (KeptKey(*PLACE, is_whole=True, people=("ann", "bob"), kcv=KCV),)


def test_one_person_s_part_is_no_key(kept):
    kept.bring_first(PLACE, FIRST, "ann")
    (told,) = kept.contents()
    assert kept.key(*PLACE) is None
    assert (told.is_whole, told.people, told.kcv == KCV) == (False, ("ann",), False)


def test_a_first_part_waits_on_the_disk(kept, file):
    kept.bring_first(PLACE, FIRST, "ann")
    later = SealedFile.open(file, PASSPHRASE)
    assert later.try_second(PLACE, SECOND, "bob") == VENDING_KEY


def test_what_is_tried_is_not_kept(kept, file):
    kept.bring_first(PLACE, FIRST, "ann")
    before = file.read_bytes()
    kept.try_second(PLACE, SECOND, "bob")
    assert file.read_bytes() == before
    assert kept.key(*PLACE) is None


def test_a_file_that_is_begun_is_written_with_its_first_key(kept, file):
    assert not file.exists()
    kept.bring_first(PLACE, FIRST, "ann")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_not_begun_anew(kept, file):
    loaded(kept)
    assert SealedFile.begun(file, PASSPHRASE, CHEAP).key(*PLACE) == VENDING_KEY
    assert why_faulty(SealedFile.begun, file, b"another passphrase") is SealedFileWhy.WRONG_PASSPHRASE


def test_a_key_of_des_is_kept_too(kept):
    # The published check value of FIPS 81's key; see test_keyed_issuer.
    kept.keep_whole(("123456", 1), bytes.fromhex("0123456789abcdef"), ("ann",))
    assert kept.kept(("123456", 1)).kcv == "D5D44F"


def test_a_second_part_without_its_first_is_not_tried(kept):
    assert why_faulty(kept.try_second, PLACE, SECOND, "bob") is SealedFileWhy.CHANGED
    loaded(kept)
    assert why_faulty(kept.try_second, PLACE, SECOND, "eve") is SealedFileWhy.CHANGED


def test_a_new_part_takes_the_place_of_what_lost_its_row(kept):
    kept.keep_whole(("201457", 2), VENDING_KEY, ("ann",))
    kept.bring_first(PLACE, SECOND, "carol")
    kept.bring_first(PLACE, FIRST, "ann")
    assert kept.kept(PLACE).people == ("ann",)
    assert kept.try_second(PLACE, SECOND, "bob") == VENDING_KEY
    assert kept.kept(("201457", 2)).kcv == KCV
    assert kept.kept(("201457", 3)) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"person": "ann"}, ComponentRefusalWhy.SAME_PERSON),
        ({"person": "ANN"}, ComponentRefusalWhy.SAME_PERSON),
        ({"person": "ａｎｎ"}, ComponentRefusalWhy.SAME_PERSON),  # noqa: RUF001 - wide on purpose
        ({"person": ""}, ComponentRefusalWhy.PERSON),
        ({"person": "bob\n"}, ComponentRefusalWhy.PERSON),
        ({"person": "b" * 65}, ComponentRefusalWhy.PERSON),
        ({"octets": FIRST}, ComponentRefusalWhy.EQUAL),
        ({"octets": bytes(20)}, ComponentRefusalWhy.ZERO),
        ({"octets": SECOND[:8]}, ComponentRefusalWhy.OTHER_LENGTH),
        ({"octets": SECOND[:16]}, ComponentRefusalWhy.LENGTH),
        ({"octets": b""}, ComponentRefusalWhy.LENGTH),
        ({"place": ("20145", 1)}, ComponentRefusalWhy.PLACE),
        ({"place": ("201457", 0)}, ComponentRefusalWhy.PLACE),
        ({"place": ("201457", 10)}, ComponentRefusalWhy.PLACE),
    ],
    ids=str,
)
def test_what_makes_no_key_is_refused_and_changes_nothing(kept, file, change, why):
    kept.bring_first(PLACE, FIRST, "ann")
    before = file.read_bytes()
    assert why_refused(kept.try_second, **change) is why
    assert file.read_bytes() == before


def test_a_first_part_of_zeros_is_refused(kept, file):
    assert why_refused(kept.bring_first, bytes(8)) is ComponentRefusalWhy.ZERO
    assert not file.exists()


def test_a_wrong_passphrase_is_told_from_a_damaged_file(kept, file):
    loaded(kept)
    assert why_faulty(SealedFile.open, file, b"another passphrase") is SealedFileWhy.WRONG_PASSPHRASE
    text = file.read_text()
    file.write_text(text.replace('"krn": 1', '"krn": 2'))
    assert why_faulty(SealedFile.open, file, PASSPHRASE) is SealedFileWhy.DAMAGED


@pytest.mark.parametrize("passphrase", [b"another passphrase", PASSPHRASE + b" ", b"", b"x" * 9999], ids=len)
def test_no_other_passphrase_opens(kept, file, passphrase):
    loaded(kept)
    assert why_faulty(SealedFile.open, file, passphrase) is SealedFileWhy.WRONG_PASSPHRASE


@pytest.mark.parametrize("passphrase", [b"", b"fifteen letters", b"x" * 1025], ids=len)
def test_a_passphrase_that_guards_nothing_seals_nothing(kept, file, passphrase):
    with pytest.raises(PassphraseTooShort):
        SealedFile.begun(file.with_name("other"), passphrase, CHEAP)
    with pytest.raises(PassphraseTooShort):
        kept.rekey(passphrase, CHEAP)


@given(data=st.data())
def test_no_damaged_octet_goes_unseen(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("sealed") / "keys.sealed"
    loaded(SealedFile.begun(file, PASSPHRASE, CHEAP))
    octets = bytearray(file.read_bytes())
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    file.write_bytes(octets)
    try:
        opened = SealedFile.open(file, PASSPHRASE)
    except SealedFileFault as fault:
        assert fault.why in {SealedFileWhy.DAMAGED, SealedFileWhy.NOT_OURS}  # noqa: PT017 - either will do
    else:
        # White space between the words, or a hex digit written large.
        assert opened.key("201457", 1) == VENDING_KEY


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain["records"][0].update(krn=3),
        lambda plain: plain["records"][0].update(sgc="201458"),
        lambda plain: plain["records"][1].update(part="whole"),
        lambda plain: plain["records"][1].update(people=["eve"]),
        lambda plain: plain["records"][0].update(people=["ann"]),
        lambda plain: plain["records"][0].update(sealed=plain["records"][1]["sealed"]),
        lambda plain: plain["records"].append(plain["records"][0]),
        lambda plain: plain["records"][0].update(krn=True),
        lambda plain: plain["records"][0].update(sgc=["201457"]),
        lambda plain: plain["records"][0].update(people="ab"),
        lambda plain: plain["records"][0].update(nonce="00"),
        lambda plain: plain["records"][0].pop("sealed"),
        lambda plain: plain.update(records={"a": 1}),
        lambda plain: plain.update(records=plain["records"] * 200),
        lambda plain: plain.update(kdf=[]),
        lambda plain: plain["kdf"].update(name="scrypt"),
        lambda plain: plain["kdf"].update(salt="00"),
    ],
)
def test_a_record_that_was_altered_on_purpose_is_damage(kept, file, change):
    loaded(kept)
    kept.bring_first(("201457", 2), FIRST, "ann")
    altered(file, change)
    assert why_faulty(SealedFile.open, file, PASSPHRASE) is SealedFileWhy.DAMAGED


@pytest.mark.parametrize(
    "cost",
    [
        {"memory_kib": 1 << 30},
        {"memory_kib": MEMORY_KIB_MAX + 1},
        {"memory_kib": 8},
        {"passes": 10**6},
        {"lanes": 10**6},
    ],
    ids=str,
)
def test_a_file_that_asks_for_a_terabyte_gets_nothing(kept, file, cost):
    loaded(kept)
    altered(file, lambda plain: plain["kdf"].update(cost))
    assert why_faulty(SealedFile.open, file, PASSPHRASE) is SealedFileWhy.DAMAGED


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{}", "[]", "", '{"format": "powertill-sealed-keys", "version": 2}']
)
def test_what_is_no_sealed_file_is_refused(file, text):
    file.touch(mode=0o600)
    file.write_text(text)
    assert why_faulty(SealedFile.open, file, PASSPHRASE) in {SealedFileWhy.NOT_OURS, SealedFileWhy.DAMAGED}


def test_a_file_without_an_end_is_not_read_to_its_end(file):
    file.touch(mode=0o600)
    file.write_bytes(b" " * (sealed_document.FILE_BYTES_MAX + 1))
    assert why_faulty(SealedFile.open, file, PASSPHRASE) is SealedFileWhy.NOT_OURS


def test_a_full_file_takes_no_more_but_in_the_place_of_another(kept, file, monkeypatch):
    monkeypatch.setattr("adapters.keys.sealed_file.RECORDS_MAX", 2)
    loaded(kept)
    loaded(kept, krn=2)
    assert why_faulty(kept.bring_first, ("201457", 3), FIRST, "ann") is SealedFileWhy.FULL
    assert why_faulty(kept.keep_whole, ("201457", 3), VENDING_KEY, ("ann",)) is SealedFileWhy.FULL
    kept.bring_first(("201457", 2), FIRST, "ann")
    assert len(SealedFile.open(file, PASSPHRASE).contents()) == 2


def test_as_many_records_as_may_be_are_read_back_whatever_their_people_are_called(kept, file):
    loaded(kept)
    document = sealed_document.read_document(file)
    # JSON writes such a character as twelve.
    record = replace(document.records[0], people=("🗝" * PERSON_MAX,) * 2)
    full = replace(document, records=(record,) * sealed_document.RECORDS_MAX)
    written = sealed_document.write_document(file, full)
    assert sealed_document.read_document(file) == written


def test_a_missing_file_is_said_to_be_missing(file):
    assert why_faulty(SealedFile.open, file, PASSPHRASE) is SealedFileWhy.MISSING


def test_a_file_is_never_made_over_another(kept, file):
    other = SealedFile.begun(file, PASSPHRASE, CHEAP)
    loaded(kept)
    assert why_faulty(other.bring_first, PLACE, FIRST, "ann") is SealedFileWhy.EXISTS
    assert SealedFile.open(file, PASSPHRASE).key(*PLACE) == VENDING_KEY


def test_nobody_but_its_owner_may_read_the_file(kept, file):
    loaded(kept)
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    assert why_faulty(SealedFile.open, file, PASSPHRASE) is SealedFileWhy.OPEN_TO_OTHERS


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_loads_is_the_gateway_s_to_read(kept, file, tmp_path):
    os.chown(tmp_path, 4_711, 4_712)
    loaded(kept)
    found = file.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (4_711, 4_712, 0o600)


def test_a_pipe_in_its_place_does_not_hold_up_the_start(file):
    os.mkfifo(file, 0o600)
    assert why_faulty(SealedFile.open, file, PASSPHRASE) is SealedFileWhy.NOT_OURS


def test_a_link_to_the_file_stays_a_link(kept, file, tmp_path):
    kept.bring_first(PLACE, SECOND, "ann")
    link = tmp_path / "link"
    link.symlink_to(file)
    loaded(SealedFile.open(link, PASSPHRASE))
    assert link.is_symlink()
    assert SealedFile.open(file, PASSPHRASE).key(*PLACE) == VENDING_KEY


def test_two_commands_at_once_lose_nothing(kept, file):
    kept.bring_first(PLACE, FIRST, "ann")
    other = SealedFile.open(file, PASSPHRASE)
    loaded(kept)
    assert why_faulty(other.bring_first, ("201457", 2), FIRST, "ann") is SealedFileWhy.CHANGED
    SealedFile.open(file, PASSPHRASE).bring_first(("201457", 2), FIRST, "ann")
    assert len(SealedFile.open(file, PASSPHRASE).contents()) == 2


def test_another_passphrase_seals_everything_anew(kept, file):
    loaded(kept)
    kept.bring_first(("201457", 2), FIRST, "ann")
    kept.rekey(b"another passphrase", CHEAP)
    assert why_faulty(SealedFile.open, file, PASSPHRASE) is SealedFileWhy.WRONG_PASSPHRASE
    later = SealedFile.open(file, b"another passphrase")
    assert later.key(*PLACE) == later.try_second(("201457", 2), SECOND, "bob") == VENDING_KEY


def test_the_cost_of_a_guess_is_what_rfc_9106_recommends(file):
    assert (RECOMMENDED.memory_kib, RECOMMENDED.passes, RECOMMENDED.lanes) == (65_536, 3, 4)
    SealedFile.begun(file, PASSPHRASE).bring_first(PLACE, FIRST, "ann")
    assert json.loads(file.read_text())["kdf"]["memory_kib"] == 65_536


def test_the_sealing_key_is_that_of_another_implementation_of_argon2id():
    other = Argon2id(salt=b"saltsaltsaltsalt", length=32, iterations=1, lanes=1, memory_cost=MEMORY_KIB_MIN)
    assert sealing_key(PASSPHRASE, b"saltsaltsaltsalt", CHEAP) == other.derive(PASSPHRASE)


def test_a_full_disk_leaves_the_old_file(kept, file, tmp_path):
    # A limit on the size of files is what a full disk looks like to whoever writes.
    loaded(kept)
    before = file.read_bytes()
    script = """
        import resource, signal, sys
        from pathlib import Path
        from adapters.keys.sealed_document import SealedFileFault
        from adapters.keys.sealed_file import SealedFile
        kept = SealedFile.open(Path(sys.argv[1]), sys.argv[2].encode())
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
        try:
            kept.bring_first(("201457", 1), bytes(range(20)), "ann")
        except SealedFileFault as fault:
            print(fault.why.name)
    """
    words = [sys.executable, "-c", textwrap.dedent(script), str(file), PASSPHRASE.decode()]
    ended = subprocess.run(words, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert ended.stdout.strip() == "UNREADABLE"
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_no_secret_shows(kept, file, caplog):
    caplog.set_level(logging.DEBUG)
    shown = [repr(kept), str(kept)]
    kept.bring_first(PLACE, FIRST, "ann")
    for octets, person in ((SECOND, "ann"), (FIRST, "bob"), (SECOND[:8], "bob")):
        try:
            kept.try_second(PLACE, octets, person)
        except ComponentRefusal as refusal:
            shown += [repr(refusal), repr(refusal.__context__)]
    loaded(kept)
    for fault in (why_faulty(SealedFile.open, file, b"canary-of-another-passphrase"),):
        shown.append(repr(fault))
    shown += [repr(kept.contents()), repr(vars(kept)), caplog.text, file.read_text()]
    told = "".join(shown).lower()
    for secret in (VENDING_KEY, FIRST, SECOND, PASSPHRASE):
        assert secret.hex() not in told
        assert repr(secret)[2:-1].lower() not in told
    assert "canary" not in told
