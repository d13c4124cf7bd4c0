"""A virtual meter of DL/T 645 and the centre's end: each function, refusals, purchases, what goes wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest
from twisted.internet.task import Clock

import schemas
from gateway.codecs.dlt645 import secure
from gateway.codecs.dlt645.dialogue import Answered, Refused, Sent, Unanswered
from gateway.codecs.dlt645.edition1997 import answer as answer1997
from gateway.codecs.dlt645.edition1997 import ask as ask1997
from gateway.codecs.dlt645.edition1997 import read_answer
from gateway.codecs.dlt645.errors import Refusal, read_relay_taken
from gateway.codecs.dlt645.frame import ANY, BROADCAST, Frame, FrameReader, frames_of
from gateway.codecs.dlt645.items import Items
from gateway.codecs.dlt645.orders import (
    Authority,
    ChangePassword,
    Clear,
    Password,
    Relay,
    RelayAction,
    Write,
)
from gateway.codecs.dlt645.requests import (
    ChangeBaud,
    ChoosePulse,
    Freeze,
    Function,
    Read,
    ReadAddress,
    SetTime,
    WriteAddress,
)
from gateway.codecs.dlt645.timetable import DaySlot, YearZone, table_values
from gateway.codecs.meter_model.model import model_named
from gateway.simulators.meters.face import Mishap, MishapKind
from gateway.simulators.meters.meter_clock import moment_of
from gateway.simulators.meters.purse import Counts, Terms, Wallet
from gateway.simulators.meters.relay import RelayState
from gateway.simulators.meters.security_module import TRAINING_KEY, TrainingEsam, TrainingModule
from tests.virtual_meters import BEGIN, NUMBER, Dice, ask, house, local, wired

ITEMS = Items.from_table(schemas.load("meters/dlt645-2007.json"))
WHO = Authority(Password(2, "000000"))
NOBODY = Authority(Password(2, "999999"))
CUSTOMER = "000000000007"
SOON = BEGIN + timedelta(hours=1, minutes=10)


class Line:
    """A meter an hour after it began, and whoever asks it."""

    def __init__(self, *ordered, purse=None, model="dlt645-2007", **more):
        self.clock = Clock()
        self.house = house(self.clock, purse=purse)
        self.meter = wired(model, self.house, *ordered, **more)
        self.face = self.meter.face()
        self.clock.advance(3600)

    def ask(self, request, address=NUMBER, **more):
        told = ask(self.face, address, request, **more)
        return told[-1] if told else None

    def mishaps_count(self):
        return self.meter.mishaps.count

    def read(self, di):
        return [
            getattr(field.value, "text", field.value)
            for field in ITEMS.find(di).decode(self.ask(Read(di)).body)
        ]

    def write(self, di, values, who=WHO):
        return self.ask(Write(di, who, ITEMS.find(di).encode(values)))


@pytest.fixture
def line():
    return Line()


DONE = Answered(NUMBER, b"")


@pytest.mark.parametrize(
    ("di", "values"),
    [
        ("00010000", ["1.00"]),
        ("0001FF00", ["1.00", "0.00", "1.00", "0.00", "0.00"]),
        ("00010001", [None]),
        ("000100FF", ["1.00", *[None] * 12]),
        ("00000000", ["1.00"]),
        ("00020000", ["0.00"]),
        ("01010000", ["1.0000", "2611230815"]),
        ("02010100", ["220.0"]),
        ("0201FF00", ["220.0"]),
        ("02020100", ["4.545"]),
        ("02030000", ["1.0000"]),
        ("0203FF00", ["1.0000", "1.0000"]),
        ("02060000", ["1.000"]),
        ("02800002", ["50.00"]),
        ("02800007", ["25.0"]),
        ("04000101", ["26112301"]),
        ("04000102", ["090000"]),
        ("04000103", ["15"]),
        ("04000204", ["4"]),
        ("04000401", [NUMBER]),
        ("0400040D", ["DL/T645-2007"]),
        ("04000503", [0b1000]),
        ("040005FF", [0, 0, 8, 0, 0, 0, 0]),
        ("04FF0405", [0b1000]),
        ("04010000", ["010101"]),
        ("04010001", ["000004", "060003", "080002", "180001", "220003"]),
        ("04010008", ["000001"]),
        ("03300D00", ["0"]),
        ("1D000101", [None]),
    ],
)
def test_it_says_what_stands_behind_an_identifier(line, di, values):
    assert line.read(di) == values


@pytest.mark.parametrize(
    "di", ["00010500", "0001000D", "02010200", "00900100", "00900200", "03330201", "02FE0501", "04050001"]
)
def test_what_the_meter_has_not_is_refused(line, di):
    assert line.ask(Read(di)).refusal.names == ("no_such_item",)


@pytest.mark.parametrize("name", ["dlt645-2007", "dlt645-prepaid"])
def test_every_item_of_the_model_is_answered(name):
    line = Line(model=name, purse=Wallet(Terms()) if "prepaid" in name else None)
    for item in model_named(name).items.values():
        told = line.ask(Read(item.at))
        is_other_kind = item.at in {"00900100", "00900101", "03320201", "03320301"}
        assert isinstance(told, Refused if is_other_kind else Answered), item


def test_a_password_is_read_by_nobody(line):
    assert line.ask(Read("04000C02")).refusal.names == ("password",)


@pytest.mark.parametrize("body_max", [6, 17, 50, 200])
def test_a_long_answer_goes_out_in_frames(body_max):
    line = Line(body_max=body_max)
    line.clock.advance(400 * 86_400)
    months = line.read("010100FF")
    assert len(months) == 26
    assert months[:4] == ["1.0000", "2712010015", "1.0000", "2711010015"]
    assert line.mishaps_count() == {6: 103, 17: 9, 50: 3, 200: 1}[body_max]


def test_a_meter_settles_on_the_day_and_hour_that_are_written():
    line = Line()
    assert line.read("04000B01") == ["0100"]
    assert isinstance(line.ask(Write("04000B01", WHO, bytes.fromhex("0625"))), Answered)
    line.clock.advance(3 * 86_400)
    assert line.read("04000B01") == ["2506"]
    line.house.update()
    assert [moment_of(each.at) for each in line.house.months] == [local(2026, 11, 25, 6)]


@pytest.mark.parametrize("di", ["0001FFFF", "0101FFFF", "FFFFFFFF", "00000000"])
def test_whatever_is_asked_for_is_answered(line, di):
    assert isinstance(line.ask(Read(di)), Answered if di == "00000000" else Refused)
    assert isinstance(line.ask(Write(di, WHO, bytes(4))), Refused)


def test_it_says_its_address_to_whoever_asks(line):
    assert line.ask(ReadAddress(), ANY) == Answered(NUMBER, bytes.fromhex(NUMBER)[::-1])
    assert line.ask(Read("00010000"), "AAAAAAAA0161").address == NUMBER


def test_what_is_not_for_it_meets_silence(line):
    assert line.ask(Read("00010000"), "162") == Unanswered(3, is_in_doubt=False)


def test_it_takes_another_address_while_it_may_be_programmed(line):
    assert line.ask(WriteAddress("000000000999"), ANY) == Answered("000000000999", b"")
    assert line.ask(Read("00010000"), "999").address == "000000000999"
    line.house.is_unlocked = False
    assert line.ask(WriteAddress("000000000998"), ANY).refusal.names == ("password",)


def test_a_broadcast_sets_a_clock_that_is_a_little_wrong(line):
    assert line.ask(SetTime(BEGIN + timedelta(hours=1, minutes=4)), BROADCAST) == Sent()
    assert line.read("04000102") == ["090400"]
    line.ask(SetTime(BEGIN + timedelta(hours=1, minutes=20)), BROADCAST)
    assert line.read("04000102") == ["090400"]


def test_near_midnight_nobody_sets_a_clock(line):
    line.clock.advance(14 * 3600 + 57 * 60)
    line.ask(SetTime(BEGIN + timedelta(hours=15, minutes=56)), BROADCAST)
    assert line.read("04000102") == ["235700"]


def test_date_and_time_are_written_with_the_password(line):
    assert line.write("04000102", ["101112"]) == DONE
    assert line.write("04000101", ["26112402"]) == DONE
    assert moment_of(line.house.shown) == local(2026, 11, 24, 10, 11, 12)
    assert line.write("04000102", ["101112"], NOBODY).refusal.names == ("password",)
    assert line.write("04000102", ["256199"]).refusal.names == ("other",)
    assert line.write("04000101", ["26023001"]).refusal.names == ("other",)
    assert line.ask(Write("04000102", WHO, b"\x01")).refusal.names == ("other",)


@pytest.mark.parametrize(("di", "names"), [("00010000", "no_such_item"), ("04000503", "no_such_item")])
def test_what_is_counted_is_not_written(line, di, names):
    assert line.ask(Write(di, WHO, bytes(4))).refusal.names == (names,)


def test_a_setting_without_an_effect_is_kept(line):
    assert line.write("04000403", ["A-17"]) == DONE
    assert line.read("04000403") == ["A-17"]
    assert line.write("04000802", [3]) == DONE
    assert line.write("0400040E", [CUSTOMER]) == DONE
    assert line.read("0400040E") == [CUSTOMER]


def test_tariffs_are_written_into_the_other_set_and_begin_on_their_day(line):
    zones = table_values([YearZone(1, 1, 2), YearZone(11, 1, 1)])
    slots = table_values([DaySlot(0, 1), DaySlot(9 * 60 + 30, 4)])
    for di, values in (("04020000", zones), ("04020001", slots), ("04020002", slots[:1])):
        assert line.write(di, values) == DONE
        assert line.read(di) == values
    for switch in ("04000106", "04000107"):
        assert line.write(switch, ["2611231000"]) == DONE
        assert line.read(switch) == ["2611231000"]
    line.clock.advance(2 * 3600)
    assert line.read("0001FF00")[1:] == ["0.00", "2.00", "0.00", "1.00"]
    assert line.read("04000503") == [0b101001]
    assert line.read("04000107") == ["0000000000"]


@pytest.mark.parametrize(("switch", "word", "tariff"), [("04000106", 0b101000, 1), ("04000107", 0b1001, 3)])
def test_zones_and_day_tables_begin_each_by_itself(line, switch, word, tariff):
    # The zones that count have table 1, which is T1 all day in the first set and T3 in the second one.
    line.write("04010001", table_values([DaySlot(0, 1)]))
    line.write("04020000", table_values([YearZone(1, 1, 2)]))
    line.write("04020001", table_values([DaySlot(0, 3)]))
    assert line.write(switch, ["2611231000"]) == DONE
    line.clock.advance(2 * 3600)
    assert line.read("04000503") == [word]
    assert line.house.tariff == tariff
    assert line.write(switch, ["2611231200"]) == DONE
    assert line.write(switch, ["0000000000"]) == DONE
    assert (line.house.rates.zones_at, line.house.rates.tables_at) == (None, None)


def test_special_days_and_weekends_have_their_table_at_once(line):
    # BEGIN is a Monday; T4 all day on table 2, T3 on table 3.
    for table, tariff in ((1, 1), (2, 4), (3, 3)):
        line.write(f"0401000{table}", table_values([DaySlot(0, tariff)]))
    assert line.house.tariff == 1
    assert line.read("04000801") == [0x7F]
    for di, values in (("04000802", [2]), ("04000801", [0x7F & ~(1 << 1)])):
        assert line.write(di, values) == DONE
        assert [int(value) for value in line.read(di)] == values
    assert line.house.tariff == 4
    assert line.read("04030002") == ["00000000"]
    assert line.write("04030002", ["26112303"]) == DONE
    assert line.house.tariff == 4, "it is not among those that count"
    assert line.write("04000205", [2]) == DONE
    assert (line.house.tariff, line.read("04030002"), line.read("04000205")) == (3, ["26112303"], ["2"])
    assert line.write("04030002", ["00000000"]) == DONE
    assert line.house.tariff == 4


@pytest.mark.parametrize(
    ("di", "values"),
    [("04030001", ["26023003"]), ("04030001", ["26112309"]), ("04000205", [255]), ("04000802", [9])],
)
def test_what_is_no_special_day_and_no_weekend_is_refused(line, di, values):
    assert line.write(di, values).refusal.names == ("other",)


@pytest.mark.parametrize(
    ("di", "values", "names"),
    [
        ("04020001", ["000005"], "too_many_tariffs"),
        ("04020001", ["006105"], "other"),
        ("04020000", ["130101"], "other"),
        ("04000201", [15], "too_many_year_zones"),
        ("04000203", [15], "too_many_day_slots"),
        ("04000204", [5], "too_many_tariffs"),
    ],
)
def test_a_table_that_no_meter_has_is_refused(line, di, values, names):
    assert line.write(di, values).refusal.names == (names,)
    assert line.read("04020001")[0] == "000004"


def test_registers_are_frozen_and_read_back(line):
    assert line.ask(Freeze()) == DONE
    line.ask(Freeze("99999930"), BROADCAST)
    line.clock.advance(3600)
    assert (line.read("05010001"), line.read("05010101")[0]) == (["2611230930"], "1.50")
    assert (line.read("05010002"), line.read("05010102")[0]) == (["2611230900"], "1.00")
    assert line.read("05010201")[0] == "0.00"
    assert line.ask(Freeze("99992561")).refusal.names == ("other",)
    assert line.ask(Read("05010003")).refusal.names == ("no_such_item",)


def test_the_speed_of_a_line_without_one_is_not_changed(line):
    assert line.ask(ChangeBaud(0x08)).refusal.names == ("baud_fixed",)


def test_the_pulse_is_chosen(line):
    assert line.ask(ChoosePulse(1)) == Answered(NUMBER, b"\x01")
    assert line.face.pulse == 1
    assert line.ask(ChoosePulse(3)).refusal.names == ("other",)


def test_a_password_is_changed_by_whoever_knows_it(line):
    new = Password(2, "314159")
    order = ChangePassword("04000C03", WHO.password, new)
    assert line.ask(replace(order, old=NOBODY.password)).refusal.names == ("password",)
    assert line.ask(order) == Answered(NUMBER, new.encoded)
    assert line.write("04000102", ["101112"]).refusal.names == ("password",)
    assert line.write("04000102", ["101112"], Authority(new)) == DONE


def test_demand_meter_and_events_are_cleared(line):
    line.house.open_cover()
    assert line.read("03300D00") == ["1"]
    assert line.ask(Clear(Function.CLEAR_DEMAND, NOBODY)).refusal.names == ("password",)
    for function in (Function.CLEAR_DEMAND, Function.CLEAR_METER, Function.CLEAR_EVENTS):
        assert line.ask(Clear(function, WHO)) == DONE
    assert line.read("01010000") == ["0.0000", "0000000000"]
    assert line.read("00010000") == ["0.00"]
    assert [each.what for each in line.house.diary.events] == ["cleared"]


@pytest.mark.parametrize(
    ("action", "state", "word"),
    [
        (RelayAction.TRIP, RelayState.OPEN, "tripped"),
        (RelayAction.CLOSE, RelayState.CLOSED, "closing"),
        (RelayAction.PERMIT_CLOSING, RelayState.READY, "closing_permitted"),
    ],
)
@pytest.mark.parametrize("says_words", [False, True])
def test_the_relay_obeys_and_shows_it(action, state, word, says_words):
    line = Line(says_relay_words=says_words)
    line.house.order(RelayState.OPEN)
    told = line.ask(Relay(action, WHO, SOON))
    assert read_relay_taken(told.body) == ((word,) if says_words else ())
    assert line.house.relay.state is state
    assert line.read("04000503") == [0b1000 if state is RelayState.CLOSED else 0b11000]


@pytest.mark.parametrize(
    ("order", "plain", "word"),
    [
        (Relay(RelayAction.TRIP, NOBODY, SOON), "password", "password"),
        (Relay(RelayAction.TRIP, WHO, BEGIN + timedelta(minutes=59)), "other", "order_expired"),
        (Relay(RelayAction.PRE_TRIP_THEN_CLOSE, WHO, SOON), "other", "no_pre_trip_time"),
    ],
)
@pytest.mark.parametrize("says_words", [False, True])
def test_an_order_that_is_wrong_or_too_late_moves_nothing(order, plain, word, says_words):
    line = Line(says_relay_words=says_words)
    assert line.ask(order).refusal.names == (word if says_words else plain,)
    assert line.house.relay.is_closed


def test_a_house_that_is_kept_powered_refuses_to_trip():
    line = Line(says_relay_words=True)
    assert isinstance(line.ask(Relay(RelayAction.KEEP_POWERED, WHO, SOON)), Answered)
    assert line.ask(Relay(RelayAction.TRIP, WHO, SOON)).refusal.names == ("trip_kept_powered",)
    line.ask(Relay(RelayAction.KEEP_POWERED_NO_MORE, WHO, SOON))
    assert isinstance(line.ask(Relay(RelayAction.TRIP, WHO, SOON)), Answered)
    line.ask(Relay(RelayAction.ALARM_ON, WHO, SOON))
    assert line.house.relay.is_alarmed


def test_trips_and_closings_have_their_times(line):
    for action in (RelayAction.TRIP, RelayAction.CLOSE):
        line.ask(Relay(action, WHO, SOON))
        line.clock.advance(60)
    assert line.read("1D000101") == ["261123090000"]
    assert line.read("1E000101") == ["261123090100"]
    assert line.read("1E000102") == [None]


# What meters with a security module do beyond that.


class Shop:
    """A prepaid meter and the centre with the keys of its module."""

    def __init__(self, *ordered, **terms):
        self.line = Line(*ordered, purse=Wallet(Terms(**terms)), model="dlt645-prepaid")
        self.esam = TrainingEsam(TrainingModule(TRAINING_KEY, Dice()))
        self.session = None

    def do(self, order):
        return self.line.ask(order)

    def open(self):
        told = self.do(secure.open_session(done(self.esam.opening(NUMBER)), "00000000"))
        self.session = secure.Session.from_body(told.body)

    def seal(self, di, content):
        return done(self.esam.seal(NUMBER, self.session, di, content))

    def buy(self, amount, count, customer=CUSTOMER, di=secure.RECHARGE):
        bought = secure.Recharge(amount, count, customer)
        macs = self.seal(di, bought.purse), self.seal(di, bought.owner)
        return self.do(bought.order(macs, "00000000", di=di))

    def wallet(self, di=secure.WALLET):
        return secure.Wallet.from_body(self.do(secure.ask_wallet("00000000", di)).body)


def done(doing):
    """What a coroutine gives that waits for nothing."""
    with pytest.raises(StopIteration) as ended:
        doing.send(None)
    return ended.value.value


def test_a_purchase_counts_once_and_the_same_one_again_is_called_repeated():
    shop = Shop()
    shop.open()
    first = shop.buy(5000, 1, di=secure.OPEN_ACCOUNT)
    assert secure.Wallet.from_body(first.body).balance == 5000
    told = shop.buy(2500, 2)
    assert (secure.Wallet.from_body(told.body).balance, secure.Wallet.from_body(told.body).count) == (7500, 2)
    assert shop.buy(2500, 2).refusal.names == ("repeated",)
    found = shop.wallet(secure.WALLET_OTHER)
    assert (found.balance, found.count, found.customer) == (7500, 2, CUSTOMER)
    line = shop.line
    assert line.read("00900200") == ["75.00"]
    assert (line.read("03330201"), line.read("03330301"), line.read("03330501")) == (
        ["2"],
        ["25.00"],
        ["75.00"],
    )
    assert line.read("03330102") == ["2611230900"]
    assert (line.read("0400040E"), line.read("02FE0501")) == ([CUSTOMER], [0x68, 0x68])


@pytest.mark.parametrize(
    ("order", "name"),
    [
        (lambda shop: shop.buy(2500, 3), "count"),
        (lambda shop: shop.buy(2500, 2, "000000000008"), "customer"),
        (lambda shop: shop.buy(99_999_999, 2), "over_limit"),
        (lambda shop: shop.buy(2500, 2, di=secure.OPEN_ACCOUNT), "other"),
        (lambda shop: shop.do(secure.Recharge(1, 2, CUSTOMER).order((b"nope", b"nope"), "00000000")), "esam"),
        (lambda shop: shop.do(secure.Secure("070102FF", b"short")), "other"),
        (lambda shop: shop.do(secure.Secure("07020101", b"")), "other"),
        (lambda shop: shop.do(secure.open_session(bytes(24), "00000000")), "esam"),
    ],
)
def test_a_purchase_that_is_wrong_is_refused_by_name_and_changes_nothing(order, name):
    shop = Shop()
    shop.open()
    shop.buy(5000, 1, di=secure.OPEN_ACCOUNT)
    assert order(shop).refusal.names == (name,)
    assert (shop.wallet().balance, shop.wallet().count) == (5000, 1)


def test_before_the_account_is_opened_nothing_is_sold():
    shop = Shop()
    shop.open()
    assert shop.buy(2500, 1).refusal.names == ("other",)
    amount, count = (1000).to_bytes(4, "little"), (4).to_bytes(4, "little")
    macs = shop.seal(secure.SET_WALLET, amount), shop.seal(secure.SET_WALLET, count)
    assert isinstance(shop.do(secure.set_wallet(1000, 4, macs, "00000000")), Answered)
    assert shop.line.read("03330201") == ["4"]
    assert isinstance(shop.buy(500, 5, di=secure.OPEN_ACCOUNT), Answered)
    assert shop.wallet().balance == 1500
    assert shop.do(secure.set_wallet(1000, 4, macs, "00000000")).refusal.names == ("other",)


def test_a_session_ends_by_itself_and_by_order():
    shop = Shop()
    assert shop.do(secure.end_session("00000000")).refusal.names == ("session",)
    shop.open()
    assert shop.session.minutes == 5
    shop.line.clock.advance(5 * 60)
    assert shop.buy(5000, 1, di=secure.OPEN_ACCOUNT).refusal.names == ("session",)
    shop.open()
    minutes = (20).to_bytes(2, "little")
    assert isinstance(
        shop.do(secure.session_time(20, shop.seal(secure.SESSION_TIME, minutes), "00000000")), Answered
    )
    shop.line.clock.advance(19 * 60)
    assert isinstance(shop.buy(5000, 1, di=secure.OPEN_ACCOUNT), Answered)
    assert isinstance(shop.do(secure.end_session("00000000", secure.END_SESSION_OTHER)), Answered)
    assert shop.buy(5000, 2).refusal.names == ("session",)


def test_a_session_is_the_meters_and_not_the_lines():
    shop = Shop()
    shop.open()
    shop.line.face = shop.line.meter.face()
    assert isinstance(shop.buy(5000, 1, di=secure.OPEN_ACCOUNT), Answered)


def test_a_meter_without_a_module_does_not_know_purchases(line):
    told = line.ask(secure.ask_wallet("00000000"))
    assert told.refusal == Refusal(Function.SECURE, 1, ("other",))


def test_a_wallet_of_energy_has_registers_of_its_own():
    shop = Shop(counts=Counts.ENERGY)
    shop.open()
    shop.buy(1234, 1, di=secure.OPEN_ACCOUNT)
    line = shop.line
    assert (line.read("00900100"), line.read("03320301")) == (["12.34"], ["12.34"])
    assert line.ask(Read("00900200")).refusal.names == ("no_such_item",)
    assert line.ask(Read("03330301")).refusal.names == ("no_such_item",)


def test_used_up_credit_opens_the_relay_and_a_purchase_closes_it():
    shop = Shop()
    shop.open()
    shop.buy(100, 1, di=secure.OPEN_ACCOUNT)
    shop.line.clock.advance(3 * 3600)
    assert (shop.line.read("04000503"), shop.line.read("00900200")) == ([0b11000], ["0.00"])
    shop.open()
    shop.buy(100, 2)
    assert shop.line.read("04000503") == [0b1000]


def test_neither_side_of_the_module_shows_its_key():
    module = TrainingModule(b"open sesame", Dice())
    assert "sesame" not in repr(module) + repr(TrainingEsam(module))


# What goes wrong on order.


def test_it_is_silent_and_has_done_it(line):
    line = Line(Mishap(MishapKind.SILENT, 0))
    told = line.ask(Relay(RelayAction.TRIP, WHO, SOON))
    assert told == Unanswered(1, is_in_doubt=True)
    assert line.read("04000503") == [0b11000]


@pytest.mark.parametrize(
    ("mishap", "is_answered"),
    [
        (Mishap(MishapKind.NOISE, 0, 50), True),
        (Mishap(MishapKind.CUT, 0, 7), False),
        (Mishap(MishapKind.CHECK, 0), False),
        (Mishap(MishapKind.ADDRESS, 0), False),
        (Mishap(MishapKind.SILENT, 0), False),
    ],
)
def test_a_reading_that_goes_wrong_once_is_asked_for_again(mishap, is_answered):
    line = Line(mishap)
    assert isinstance(line.ask(Read("00010000")), Answered)
    line = Line(mishap)
    assert isinstance(line.ask(Read("00010000"), tries=1), Answered) is is_answered


@pytest.mark.parametrize("kind", [MishapKind.CHECK, MishapKind.ADDRESS, MishapKind.SILENT])
def test_what_goes_wrong_each_time_is_never_answered(kind):
    assert Line(Mishap(kind)).ask(Read("00010000")) == Unanswered(3, is_in_doubt=False)


def test_it_answers_late():
    line = Line(Mishap(MishapKind.LATE, 1, 3000))
    line.ask(Read("00010000"))
    assert line.face.answer_ms == 20
    line.ask(Read("00010000"))
    assert line.face.answer_ms == 3020
    line.ask(Read("00010000"))
    assert line.face.answer_ms == 20


def test_it_refuses_a_write_and_has_done_a_part_of_it():
    line = Line(Mishap(MishapKind.HALF_WRITE, 0))
    slots = table_values([DaySlot(60 * hour, 1 + hour % 4) for hour in range(8)])
    assert line.write("04010001", slots).refusal.names == ("other",)
    assert line.read("04010001") == slots[:4]


@pytest.mark.parametrize("count", range(40))
def test_an_answer_that_breaks_off_is_no_answer(count):
    line = Line(Mishap(MishapKind.CUT, None, count))
    told = line.ask(Read("0001FF00"))
    assert isinstance(told, Unanswered)


def test_half_a_frame_is_forgotten_with_its_line(line):
    raw = frames_bytes(Read("00010000"))
    assert line.face.receive(raw[:9]) == b""
    line.face.line_lost()
    assert line.face.receive(raw[9:]) == b""
    assert frames_of(line.face.receive(raw))


def frames_bytes(request):
    from gateway.codecs.dlt645.frame import encoded  # noqa: PLC0415

    return encoded(NUMBER, request.function, request.body)


# The edition of 1997.


def read1997(line, di):
    (frame,) = FrameReader().receive(line.face.receive(ask1997(NUMBER, di)))
    return read_answer(frame, NUMBER, di)


@pytest.mark.parametrize(
    ("di", "body"),
    [
        ("9010", "00010000"), ("901F", "0001000000000000000100000000000000000000"), ("B611", "2002"),
        ("B621", "5404"), ("B630", "000001"), ("C010", "01231126"), ("C011", "000009"), ("9410", "ffffffff"),
        ("C032", "610100000000"), ("C117", "0001"), ("9814", "ffffffff"),
    ],
)  # fmt: skip
def test_a_meter_of_1997_is_read(di, body):
    line = Line(model="dlt645-1997")
    assert read1997(line, di).body.hex() == body


def test_a_meter_of_1997_refuses_what_it_has_not_and_does_not_know_2007():
    line = Line(Mishap(MishapKind.ADDRESS, 1), model="dlt645-1997")
    assert read1997(line, "B612").names == ("no_such_item",)
    assert isinstance(frames_of(line.face.receive(ask1997(NUMBER, "9010")))[0], Frame)
    assert line.ask(Read("00010000")) == Unanswered(3, is_in_doubt=False)
    assert line.face.receive(answer1997(NUMBER, (1, "9010"), bytes(4))) == b""
