"""Payment in a virtual DLMS meter: account, credit, charge, and STS tokens through class 115."""

from dataclasses import replace

import pytest

from gateway.codecs.dlms.classes import target
from gateway.codecs.dlms.datum import INT16, INT32, OCTET_STRING, UINT8, Datum, array, octets, structure
from gateway.codecs.dlms.results import AccessFault
from gateway.codecs.dlms.services import Asked
from gateway.codecs.dlms.token import TokenForm, read_token_status, token_parameter
from gateway.codecs.meter_model.model import model_named
from gateway.codecs.sts.misty1 import key_schedule
from gateway.codecs.sts.seal import credit_token
from gateway.core.token import StsIdentity
from gateway.simulators.meter import VirtualMeter
from gateway.simulators.meters.purse import Counts, Terms, TokenPurse, Wallet
from gateway.simulators.meters.relay import RelayState
from tests.virtual_meters import LineDlms as Line


def wallet(balance=1000, **terms):
    purse = Wallet(Terms(**terms))
    purse.set_up(balance, 0)
    return purse


def test_account_and_credit_say_what_is_left():
    line = Line("dlms-prepaid", purse=wallet(overdraft_max=100))
    assert [part.value for part in line.value("account", "account_mode_and_status")] == [2, 1]
    assert line.value("account", "available_credit") == 950
    assert line.value("credit", "current_credit_amount") == 950
    assert [part.value for part in line.value("account", "currency")] == ["money", -2, 2]
    assert (line.value("credit", "credit_status"), line.value("credit", "limit")) == (3, -100)
    line.clock.advance(86_400)
    assert line.value("account", "available_credit") == 0
    assert line.value("account", "amount_to_clear") == 100
    assert (line.value("credit", "credit_status"), line.house.relay.state) == (4, RelayState.OPEN)
    assert line.act("account", "activate_account") == 0
    assert [part.value for part in line.value("account", "account_mode_and_status")] == [2, 2]


@pytest.mark.parametrize(("thing", "count"), [("account", 19), ("credit", 11), ("charge", 13)])
def test_every_attribute_of_payment_is_readable(thing, count):
    line = Line("dlms-prepaid", purse=wallet())
    where = target(thing, "logical_name")
    for index in range(1, count + 1):
        (told,) = line.reader.get(Asked(replace(where, index=index)))
        assert isinstance(told.results[0], Datum), (thing, index)


def test_credit_is_added_and_set():
    line = Line("dlms-prepaid", purse=wallet(50))
    assert line.house.relay.state is RelayState.OPEN
    assert line.act("credit", "update_amount", Datum(INT32, 500)) == 0
    assert (line.value("credit", "current_credit_amount"), line.house.relay.is_closed) == (500, True)
    assert line.act("credit", "set_amount_to_value", Datum(INT32, 70)) == 0
    assert line.value("credit", "current_credit_amount") == 70
    assert line.act("credit", "update_amount", Datum(INT32, 0x7FFF_FFFF)) == 3
    assert line.act("credit", "update_amount", Datum(UINT8, 1)) == 12
    assert line.act("credit", "invoke_credit") == 3


def test_prices_are_written_and_activated():
    line = Line("dlms-prepaid", purse=wallet(100_000))
    before = line.get("charge", "unit_charge_active")
    rows = array(structure(octets(b"\x02"), Datum(INT16, 20_000)))
    assert line.act("charge", "update_unit_charge", rows) == 0
    assert line.get("charge", "unit_charge_active") == before != line.get("charge", "unit_charge_passive")
    assert line.act("charge", "activate_passive_unit_charge") == 0
    assert line.house.purse.terms.prices == (5000, 20_000, 5000, 5000)
    left = line.value("account", "available_credit")
    line.clock.advance(3600)
    assert line.value("account", "available_credit") == left - 200
    for wrong in (None, array(structure(octets(b"\x05"), Datum(INT16, 1))), array(Datum(UINT8, 1))):
        assert line.act("charge", "update_unit_charge", wrong) == 12


def test_a_wallet_of_energy_is_told_in_kilowatt_hours():
    line = Line("dlms-prepaid", purse=wallet(1000, counts=Counts.ENERGY))
    assert [part.value for part in line.value("account", "currency")] == ["kWh", -2, 1]
    assert line.value("account", "available_credit") == 900


# STS tokens.

KEY = bytes(range(16))
IDENTITY = StsIdentity("600727000000000009", sgc="201457", krn=1, ti="01", ea="11", kt=2, base_date=2014)
#: STS531-1-11 ed 2.2, CTSA01.1: a credit under another key than ours.
OTHERS = "58625789986991357486"


def token(tid, tenths=50):
    return credit_token(key_schedule(KEY), subclass=0, tid=tid, rnd=5, amount_tenths=tenths)


def tokens(model="dlms-prepaid", **build):
    return Line(model, purse=TokenPurse(VirtualMeter(IDENTITY, KEY)), build=build)


def enter(line, digits, form=TokenForm.DIGITS):
    return line.act("token gateway", "enter", token_parameter(digits, form))


def status(line):
    return read_token_status(line.get("token gateway", "token_status"))


def test_a_token_is_entered_once_and_its_credit_is_used():
    line = tokens()
    assert line.house.relay.state is RelayState.OPEN
    assert enter(line, token(100)) == 0
    assert (status(line).is_accepted, line.value("account", "available_credit")) == (True, 5000)
    assert line.house.relay.is_closed
    assert enter(line, token(100)) == 0
    assert (status(line).code, line.value("account", "available_credit")) == (6, 5000)
    line.clock.advance(3 * 3600)
    assert line.value("credit", "current_credit_amount") == 2000
    line.clock.advance(86_400)
    assert line.value("credit", "current_credit_amount") == 0
    assert (line.house.relay.state, line.house.registers.total) == (RelayState.OPEN, 5000)


def test_what_is_used_of_a_watt_hour_is_not_lost():
    line = tokens()
    enter(line, token(100))
    for _ in range(100):
        line.clock.advance(7)
        line.house.update()
    line.clock.advance(3600 - 700)
    assert line.value("account", "available_credit") == 4000


def test_a_token_of_another_meter_fails_authentication_and_no_token_its_format():
    line = tokens()
    enter(line, OTHERS)
    assert status(line).code == 5
    for raw in (b"1234", b"x" * 20, b""):
        assert line.act("token gateway", "enter", octets(raw)) == 0
        assert status(line).code == 4
    assert line.act("token gateway", "enter", Datum(UINT8, 1)) == 12


def test_a_token_may_come_packed():
    model = model_named("dlms-prepaid")
    line = tokens(replace(model, dlms=replace(model.dlms, token_form="packed")))
    assert enter(line, token(100), TokenForm.PACKED) == 0
    assert status(line).is_accepted
    assert enter(line, token(101)) == 0
    assert status(line).code == 4


def test_a_meter_that_is_slow_says_so_first():
    line = tokens(token_ms=7000)
    enter(line, token(100))
    assert (status(line).code, status(line).is_final) == (8, False)
    line.clock.advance(7)
    assert status(line).is_accepted


def test_a_meter_that_was_opened_is_off_whatever_is_paid():
    line = tokens()
    enter(line, token(100))
    line.house.open_cover()
    assert line.house.relay.state is RelayState.OPEN
    enter(line, token(101))
    assert (status(line).is_accepted, line.house.relay.state) == (True, RelayState.OPEN)


def test_nobody_reads_a_token_back():
    line = tokens()
    enter(line, token(100))
    assert line.get("token gateway", "token") == AccessFault(3)
    assert line.get("token gateway", "token_time").tag == OCTET_STRING
    assert token(100) not in repr(line.house) + repr(line.meter)


def test_the_credit_of_tokens_is_changed_by_tokens_alone():
    line = tokens()
    assert line.act("credit", "update_amount", Datum(INT32, 5000)) == 3
    assert line.act("charge", "update_unit_charge", array()) == 4
    assert [part.value for part in line.value("account", "currency")] == ["Wh", 0, 1]


def test_a_wallet_takes_no_tokens():
    line = Line("dlms-prepaid", purse=wallet())
    assert enter(line, token(100)) == 4
    assert line.get("token gateway", "token_status") == AccessFault(4)
