from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from gateway.core.meter import Carrier
from gateway.core.outcome import Approved
from gateway.core.token import TokenDigits
from gateway.simulators.receipt import columns, receipt_text

SHANGHAI = ZoneInfo("Asia/Shanghai")
SOLD = Approved(
    receipt_no=1234,
    pan="600727371803406325",
    account_no="2000000048",
    customer="孙秀英 Sun Xiuying",
    power_type="domestic",
    tender_minor=10_000,
    currency="CNY",
    energy_wh=204_700,
    lines=(("ENERGY", 8_850), ("VAT", 1_150)),
    tariff_version="domestic-2026-01",
    carrier=Carrier.TOKEN,
    token=TokenDigits("58625789986991357486"),
    at_us=1_795_437_912_000_000,
)

WITH_TOKEN = """\
           Powertill Demo Power
     Receipt for prepaid electricity
══════════════════════════════════════════
Receipt no                            1234
Date                   2026-11-23 20:45:12
Customer                孙秀英 Sun Xiuying
Account                         2000000048
Meter                          37180340632
Tariff          domestic, domestic-2026-01
──────────────────────────────────────────
Energy                               88.50
Value added tax                      11.50
                              ────────────
Paid CNY                            100.00

Energy bought                    204.7 kWh
Average price               0.4885 CNY/kWh

╔════════════════════════════════════════╗
║                                        ║
║               YOUR TOKEN               ║
║                                        ║
║    5862   5789   9869   9135   7486    ║
║                                        ║
╚════════════════════════════════════════╝
Type these 20 digits into your meter.

Paid at                          Demo Bank
Reference                     632720004711
══════════════════════════════════════════
"""

FOR_A_CARD = """\
   南山区供电局 Nanshan Power
   Supply Bureau of the City
Receipt for prepaid electricity
════════════════════════════════
Receipt no                  1234
Date         2026-11-23 12:45:12
Customer
   孙秀英 Sun Xiuying and others
Account               2000000048
Meter                37180340632
Tariff
      domestic, domestic-2026-01
────────────────────────────────
Energy                  92470.00
PPJ                      7530.00
                    ────────────
Paid IDR               100000.00

Energy bought         64.005 kWh
Average price  1562.3779 IDR/kWh

╔══════════════════════════════╗
║                              ║
║  YOUR CREDIT WAITS FOR YOUR  ║
║             CARD             ║
║                              ║
╚══════════════════════════════╝
Take your meter's card to a
counter of the utility: the
credit is loaded onto it there.

Paid at                Demo Bank
Reference           632720004711
════════════════════════════════
"""


def receipt(sold=SOLD, utility="Powertill Demo Power", tz=SHANGHAI, width=42):
    return receipt_text(sold, utility, "Demo Bank", "632720004711", tz, width)


def test_a_receipt_with_a_token():
    assert receipt() == WITH_TOKEN


def test_a_narrow_receipt_for_a_card():
    waiting = replace(
        SOLD,
        customer="孙秀英 Sun Xiuying and others",
        currency="IDR",
        tender_minor=10_000_000,
        energy_wh=64_005,
        lines=(("ENERGY", 9_247_000), ("PPJ", 753_000)),
        carrier=Carrier.CARD,
        token=None,
    )
    found = receipt(waiting, "南山区供电局 Nanshan Power Supply Bureau of the City", ZoneInfo("UTC"), 32)
    assert found == FOR_A_CARD


@pytest.mark.parametrize(
    ("carrier", "words"),
    [
        (Carrier.CARD, "a counter of the utility"),
        (Carrier.REMOTE, "over the line"),
        (Carrier.TOKEN, "Ask for it where you paid"),
    ],
)
def test_a_waiting_credit_says_where_it_is_loaded(carrier, words):
    text = receipt(replace(SOLD, carrier=carrier, token=None))
    assert words in " ".join(text.split())
    assert "Type these" not in text


@pytest.mark.parametrize("width", [32, 33, 42, 57, 80])
@pytest.mark.parametrize("customer", ["", "王伟", "Анна Иванова", "word " * 30, "无空格" * 40, "x" * 200])
def test_no_row_is_wider_than_the_paper(width, customer):
    sold = replace(SOLD, customer=customer)
    assert max(columns(row) for row in receipt(sold, customer, width=width).splitlines()) <= width


def test_nothing_of_a_long_name_is_lost():
    name = "无空格" * 40
    assert name in receipt(replace(SOLD, customer=name)).replace("\n", "").replace(" ", "")


def test_a_rebate_is_a_line_below_zero():
    rows = receipt(replace(SOLD, lines=(("ENERGY", 10_500), ("REBATE", -500)))).splitlines()
    assert "REBATE                               -5.00" in rows


def test_the_average_price_is_rounded_half_up():
    # 1.00 for 8 kWh is 0.125 a kWh; 0.01 for 80 kWh is 0.000125, shown as 0.0001.
    assert "0.1250 CNY/kWh" in receipt(
        replace(SOLD, tender_minor=100, lines=(("ENERGY", 100),), energy_wh=8_000)
    )
    assert "0.0001 CNY/kWh" in receipt(
        replace(SOLD, tender_minor=1, lines=(("ENERGY", 1),), energy_wh=80_000)
    )
    assert "0.0003 CNY/kWh" in receipt(
        replace(SOLD, tender_minor=1, lines=(("ENERGY", 1),), energy_wh=40_000)
    )


def test_lines_that_do_not_sum_are_refused():
    with pytest.raises(ValueError, match="do not sum"):
        receipt(replace(SOLD, tender_minor=10_001))


@pytest.mark.parametrize("width", [31, 81])
def test_paper_that_cannot_carry_a_token_is_refused(width):
    with pytest.raises(ValueError, match="32 to 80 columns"):
        receipt(width=width)
