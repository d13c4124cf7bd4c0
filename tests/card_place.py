"""A gateway's place with a stations' door: keys of cards, a station, a cashier with a shift, cards, a meter.

The gateway and the station's program are processes of their own, begun as they are installed.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from adapters.db.opening import open_database
from adapters.keys.passphrase import MEMORY_KIB_MIN, Argon2Cost
from adapters.keys.sealed_file import SealedFile
from gateway.codecs.card.loading import numbers_on
from gateway.core.card import CardState
from gateway.core.card_stock import StockCard
from gateway.core.diary import Actor
from gateway.core.key_ring import KeyState
from gateway.core.key_words import KeyStep
from gateway.core.meter import Carrier
from gateway.office.keep_shift import OpenShift
from gateway.office.manage_roles import KeepStation
from gateway.office.step_orders import ordered
from gateway.prepayment.keep_keys import ApproveKey, LoadKey
from tests import builders, card_masters, cards
from tests.builders import ZONE, posting_batch
from tests.card_counter import ACCOUNT_NO, KIND, METER_SERIAL, CardsTaken
from tests.daemon import ROOT, Place, make_place
from tests.office_people import People
from tests.office_place import ADMIN, KEY, PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = b"a passphrase of the tests"
STATION_PORT = 8590
DOORS = (
    ADMIN
    + """
[stations]
listen = "tcp:8590:interface={host}"
hosts = ["{host}", "localhost"]
system = "815"
key_versions = ["1"]

[keys]
sealed_file = "cards.sealed"
passphrase_file = "passphrase"
"""
)
#: Python reads it at its start. Sales that are made one behind another ask more than a station may; how that
#: is held back the door's own tests have.
_UNHURRIED = "from gateway.prepayment import answer_card\nanswer_card.PACE_PER_S = 1_000.0\n"


class CardPlace(NamedTuple):
    """A place, and the number of the meter that takes cards."""

    place: Place
    pan: str

    @property
    def meter_no(self) -> str:
        """The number that the meter knows itself by."""
        numbers = numbers_on(KIND, self.pan, ACCOUNT_NO)
        assert numbers is not None
        return numbers[0]

    def powertill(self, *words: str, file: str = "powertill.toml", **more) -> str:
        """Run a command of the centre or of a station; it must come to something."""
        command = [sys.executable, "-m", "gateway.cli", *words]
        path = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(self.place.folder)}
        if file != "powertill.toml":
            command += ["--config", file]
        done = subprocess.run(
            command, cwd=self.place.folder, env=path, capture_output=True, text=True, check=False, **more
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def card_place(folder: Path, *, is_unhurried: bool = False) -> CardPlace:
    """Make it; ``is_unhurried``: a station may ask as fast as it can."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    files = [builders.meter_file(METER_SERIAL, account_no=ACCOUNT_NO, carrier=Carrier.CARD)]
    place = make_place(folder, 0, DOORS, files=files)
    for name, octets in (("admin.hex", KEY.hex().encode()), ("passphrase", PASSPHRASE)):
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(octets)
    engine = open_database(f"sqlite:///{folder / 'till.db'}")
    batch = posting_batch(engine, now=lambda: datetime.now(UTC))
    _furnish(batch)
    _bring_keys(batch, folder / "cards.sealed")
    batch.close()
    engine.dispose()
    made = CardPlace(place, files[0].identity.pan)
    made.powertill("stations", "authority")
    if is_unhurried:
        (folder / "path/sitecustomize.py").write_text(_UNHURRIED)
    return made


def _furnish(batch) -> None:
    people = People(batch)
    people.branch("north")
    people.give(
        KeepStation("local:root", people.nonce(), "n1", "Counter 1", "north", is_open=True, is_new=True)
    )
    for login in ("ann", "anna", "ben"):
        people.enter(login, PASSWORD)
    people.of_herself(OpenShift("ann", people.nonce(), "n1"))
    taken = (StockCard(serial, KIND, CardState.PERSONALISED) for serial in (cards.SERIAL, cards.OTHER_SERIAL))
    batch.run([CardsTaken(*taken)])


def _bring_keys(batch, file) -> None:
    """Two people bring the master keys of the virtual cards, as the books and the sealed file have them."""
    sealed = SealedFile.begun(file, PASSPHRASE, Argon2Cost(MEMORY_KIB_MIN, 1, 1))
    for place, master in card_masters.masters().items():
        if not place[0].startswith(KIND):
            continue
        sealed.keep_whole(place, master, ("anna", "ben"))
        made = replace(card_masters.revision(place, master), state=KeyState.PENDING)
        for step in (LoadKey("anna", made, ZONE), ApproveKey("ben", place, made.kcv, ZONE, is_whole=True)):
            (content,) = batch.run([ordered(Actor(step.by), step)])
            assert isinstance(content, KeyStep), content
