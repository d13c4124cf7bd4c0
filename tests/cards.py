"""Cards, meters and keys of tests: everything that a counter has, in one process."""

import random

from gateway.codecs.card.dialogue import read_card, write_card
from gateway.codecs.card.picture import Loading
from gateway.codecs.card.profile import Kind, profile_named
from gateway.core.card import CardSystem, ShownCard, ShownReturn
from gateway.simulators.card.cpu_card import VirtualCpuCard, issued_cells
from gateway.simulators.card.desk import carried_out
from gateway.simulators.card.faults import FaultyCard
from gateway.simulators.card.key_holder import KeyHolder
from gateway.simulators.card.memory_card import VirtualMemoryCard, issued_memory
from gateway.simulators.card_meter import VirtualCardMeter

SEED = bytes(range(16))
SERIAL, OTHER_SERIAL = "A1B2C3D4E5F60718", "A1B2C3D4E5F60719"
SYSTEM = "00000815"
METER_NO, OTHER_METER_NO = "123456", "123457"
CUSTOMER_NO, OTHER_CUSTOMER_NO = "100042", "100043"
NOW = "2026-11-26T05:17"
AMOUNT = 20_000
OUR_SYSTEM = CardSystem(SYSTEM, frozenset({1}))


def keys(seed=SEED, versions=frozenset({1})):
    return KeyHolder(seed, random.Random(1).randbytes, versions)


def blank(name, serial=SERIAL, holder=None, version=1, system=SYSTEM):
    """A card that has keys and no customer."""
    profile, holder = profile_named(name), holder or keys()
    said = {} if name == "gdw365" else {"card": {"system": system, "key_version": version}}
    if profile.kind is Kind.MEMORY:
        return FaultyCard(VirtualMemoryCard(profile, serial, holder, issued_memory(profile, serial, said)))
    dice = random.Random(2).randbytes
    return FaultyCard(VirtualCpuCard(profile, serial, holder, dice, issued_cells(profile, serial, said)))


def meter(name, meter_no=METER_NO, hoard_limit=0, holder=None):
    return VirtualCardMeter(profile_named(name), meter_no, holder or keys(), lambda: NOW, hoard_limit)


def loading(count, subtype="purchase", amount=AMOUNT, serial=SERIAL, **more):
    numbers = {"meter_no": METER_NO, "customer_no": CUSTOMER_NO} | more
    return Loading(serial=serial, subtype=subtype, amount=amount, count=count, **numbers)


def written(name, card, wanted, holder=None, told=lambda _: None):
    """Write a loading; gives the outcome."""
    dialogue = write_card(profile_named(name), card.reset(), wanted)
    return carried_out(dialogue, card, holder or keys(), told)


def shown(name, card, holder=None):
    """Read a card; gives the outcome."""
    return carried_out(read_card(profile_named(name), card.reset()), card, holder or keys())


def as_shown(picture):
    """A picture as the books are told of it."""
    identity, wallet, back = picture.identity or {}, picture.wallet, picture.returned
    return ShownCard(
        serial=picture.serial,
        profile=picture.profile,
        key_version=picture.opened.key_version,
        system=picture.opened.system,
        meter_no=identity.get("meter_no", ""),
        customer_no=identity.get("customer_no", ""),
        amount=wallet.amount if wallet else 0,
        count=wallet.count if wallet else 0,
        returned=back and ShownReturn(back.meter_no, back.customer_no, back.remaining, back.count),
        garbled=bool(picture.garbled),
    )


def in_use(name, purchases=1):
    """A card and the meter that has taken this many purchases from it."""
    card, used_meter = blank(name), meter(name)
    for count in range(1, purchases + 1):
        written(name, card, loading(count, "open" if count == 1 else "purchase"))
        came = used_meter.insert(card)
        assert (came.added, came.trouble) == (AMOUNT, None)
    return card, used_meter
