"""A town of virtual meters from one file: what it makes, what it refuses, and how light it is."""

import json
import tracemalloc

import pytest
from twisted.internet.task import Clock

from gateway.codecs.dlt645.dialogue import Answered
from gateway.codecs.dlt645.requests import Read
from gateway.codecs.meter_model.model import model_named
from gateway.simulators.meters.purse import Counts, Wallet
from gateway.simulators.meters.security_module import TRAINING_KEY, TrainingModule
from gateway.simulators.meters.town import TOWN_OCTETS_MAX, TownFault, place_of, read_town, sites_of
from tests.virtual_meters import BEGIN, Dice, ask

METER_OCTETS_MAX = 20_000


def group(**more):
    return {
        "model": "dlt645-2007", "count": 10, "first": "000000000001", "where": {"ports_from": 20_000},
    } | more  # fmt: skip


def town(*groups, **more):
    return read_town(json.dumps({"groups": list(groups), **more}), model_named)


def built(of, clock=None):
    module = TrainingModule(TRAINING_KEY, Dice())
    return list(sites_of(of, (clock or Clock()).seconds, BEGIN, module))


def test_each_meter_has_a_port_of_its_own():
    sites = built(town(group(count=3)))
    assert [(site.where.port, site.meters[0].house.number) for site in sites] == [
        (20_000, "000000000001"), (20_001, "000000000002"), (20_002, "000000000003"),
    ]  # fmt: skip
    assert not any(site.where.is_dialled for site in sites)


def test_several_share_a_line():
    of = town(group(count=70, where={"ports_from": 20_000, "bus": 32}))
    sites = built(of)
    assert ([len(site.meters) for site in sites], of.lines, of.count) == ([32, 32, 6], 3, 70)
    (site,) = built(town(group(count=12, where={"port": 9000, "host": "127.0.0.2", "one_caller": True})))
    assert (len(site.meters), site.where.port, site.where.host, site.where.is_for_one) == (
        12, 9000, "127.0.0.2", True,
    )  # fmt: skip


def test_others_dial_in():
    sites = built(town(group(count=3, where={"dial": "[::1]:7000", "hello": "{number}", "bus": 2})))
    assert [(site.where.host, site.where.port, site.where.is_dialled) for site in sites] == [
        ("::1", 7000, True)
    ] * 2  # fmt: skip
    assert sites[0].where.hello == "{number}"


def test_the_same_file_makes_the_same_town_and_another_seed_another():
    def drawn(seed):
        of = town(
            group(drift_ppm=50, clock_off_s=120, energy_kwh=9000, curve="home"), seed=seed, zone="+05:30"
        )
        return [
            (
                meter.house.clock.ppm, meter.house.clock.ahead_ms, meter.house.load.watts,
                meter.house.registers.total,
            )
            for site in built(of)
            for meter in site.meters
        ]  # fmt: skip

    assert drawn(7) == drawn(7) != drawn(8)
    found = drawn(7)
    assert len(set(found)) == 10
    assert all(abs(ppm) <= 50 and abs(ahead) <= 120_000 for ppm, ahead, _, _ in found)
    assert all(250 <= watts <= 750 and 0 < wh <= 9_000_000 for _, _, watts, wh in found)


def test_the_meters_live_in_the_zone_of_the_town():
    (site, *_) = built(town(group(), zone="-03:30"))
    assert site.meters[0].house.clock.utc_offset_min == -210


def test_prepaid_meters_have_a_purse_and_a_module():
    prepaid = {"balance": "50.00", "overdraft": "5.00", "price": "0.6000"}
    (site, *_) = built(town(group(model="dlt645-prepaid", prepaid=prepaid)))
    (meter,) = site.meters
    assert isinstance(meter.house.purse, Wallet)
    assert (meter.house.purse.balance, meter.house.purse.terms.overdraft_max) == (5000, 500)
    assert (meter.house.purse.terms.counts, meter.house.purse.terms.prices) == (Counts.MONEY, (6000,) * 4)
    assert meter.secure is not None
    (site, *_) = built(town(group(model="dlms-prepaid", prepaid={"counts": "energy", "balance": "1.00"})))
    assert site.meters[0].secure is None
    assert site.meters[0].house.purse.terms.counts is Counts.ENERGY


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"model": "dlt645-2008"}, "town.groups[0].model: there is no model 'dlt645-2008'; cure: "),
        ({"count": 0}, "town.groups[0].count: must be from 1 to 20000; cure: "),
        ({"first": "1"}, "town.groups[0].first: must look like"),
        (
            {"first": "999999999999"},
            "town.groups[0].first: the last number has more than twelve digits; ",
        ),
        ({"where": {}}, "town.groups[0].where: one of port, ports_from and dial says where; cure: "),
        ({"where": {"port": 1, "dial": "a:1"}}, "town.groups[0].where: one of port"),
        ({"where": {"ports_from": 65_530}}, "town.groups[0].where.ports_from: 10 ports from 65530 on end"),
        (
            {"where": {"dial": "here:70000"}},
            "town.groups[0].where.dial: 'here:70000' is no HOST:PORT; ",
        ),
        (
            {"where": {"port": 9000}, "count": 300},
            "town.groups[0].where.port: 300 meters on one line, ",
        ),
        ({"where": {"ports_from": 1, "bus": 300}}, "town.groups[0].where.bus: must be from 1 to 256; cure: "),
        ({"colour": "red"}, "town.groups[0]"),
        ({"prepaid": {"balance": "5"}}, "town.groups[0].prepaid.balance: must look like"),
        (
            {"model": "dlt645-1997", "prepaid": {"balance": "5.00"}},
            "town.groups[0].prepaid: dlt645-1997 has no registers for it; cure: another model",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(wrong, said):
    with pytest.raises(TownFault) as caught:
        town(group(**wrong))
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{,}", "the file is no JSON"),
        ("[" * 100_000, "the file is nested too deeply"),
        (" " * (TOWN_OCTETS_MAX + 1), "the file is longer than"),
        ("[]", "town: must be an object"),
        ('{"groups": []}', "town.groups: "),
        ('{"groups": [], "zone": "east"}', "town."),
    ],
)
def test_what_is_no_town_is_refused(text, said):
    with pytest.raises(TownFault, match=said) as caught:
        read_town(text, model_named)
    assert "; cure: " in str(caught.value)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ({"first": "000000000005", "where": {"ports_from": 30_000}}, "number 000000000005 is there twice"),
        ({"first": "000000000100", "where": {"ports_from": 20_005}}, "port 20005 is there twice"),
        ({"first": "000000000100", "count": 20_000, "where": {"dial": "a:1"}}, "20010 meters, at most 20000"),
    ],
)
def test_two_groups_do_not_overlap(second, said):
    with pytest.raises(TownFault, match=said):
        town(group(), group(**second))


def test_a_place_has_a_host_and_a_port():
    assert place_of("[::1]:7000", "x") == ("::1", 7000)
    for wrong in ("7000", ":7000", "a:0", "a:x", "a:70000"):
        with pytest.raises(TownFault, match=r"^x: "):
            place_of(wrong, "x")


def test_a_meter_is_light_also_when_it_has_lived_and_was_asked():
    clock = Clock()
    tracemalloc.start()
    try:
        sites = built(town(group(count=500, curve="home", drift_ppm=50)), clock)
        clock.advance(86_400 * 9)
        faces = [site.meters[0].face() for site in sites]
        for site, face in zip(sites, faces, strict=True):
            number = site.meters[0].house.number
            assert isinstance(ask(face, number, Read("00010001"))[0], Answered)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(sites[0].meters[0].house.profile) == 96
    assert held / 500 <= METER_OCTETS_MAX
