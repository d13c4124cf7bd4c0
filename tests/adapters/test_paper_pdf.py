"""Papers as PDF: both sizes of one description, looked at by a foreign reader, its codes by another one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from adapters.print.paper_items import STYLES
from adapters.print.pdf import printed
from gateway.config.invoices import FONT
from gateway.core.paper import Facts, Mark, NoPaper, Paper, PaperSize, Sums, WholeToken, Words
from gateway.core.token import TokenDigits

POINTS = 72 / 25.4
TOKENS = ("00112233445566778899", "12345678901234567890", "99999999990000000000")
LATIN = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"

pytestmark = pytest.mark.skipif(not Path(FONT).exists(), reason="fonts-noto-cjk is not installed")


def paper(*blocks, **changes):
    usual = Paper(
        issuer="Riverside Power 河畔电力",
        title="Счёт-фактура",
        language="zh",
        pages="{page} / {pages}",
        made_us=1_795_406_400_000_000,
        blocks=blocks or (Facts((("发票号码", "north-1/17"),)),),
    )
    return replace(usual, **changes)


def opened(of, size=PaperSize.A4, font=FONT):
    return pypdfium2.PdfDocument(printed(of, size, Path(font)))


def text_of(page):
    return page.get_textpage().get_text_range().replace("\r\n", "\n")


def everything(count):
    """More lines than a sheet has."""
    lines = tuple((f"line {n}", f"CN¥{n}.00") for n in range(count))
    tokens = [WholeToken(f"token {n}", TokenDigits(digits)) for n, digits in enumerate(TOKENS)]
    price = Sums("费用", lines, ("合计", "CN¥9.00"))
    return paper(Mark("发票副本"), Facts((("客户", "张伟"),)), price, *tokens, Words("谢谢"))


@pytest.mark.parametrize("size", PaperSize)
def test_the_codes_of_a_paper_are_read_by_another_program_and_are_the_tokens_in_their_order(size):
    document, found = opened(everything(3), size), []
    for page in document:
        picture = page.render(scale=4).to_pil()
        codes = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
        found += [one.text for one in sorted(codes, key=lambda one: one.position.top_left.y)]
    assert tuple(found) == TOKENS


def test_a_roll_is_80_mm_wide_and_as_long_as_what_stands_on_it():
    (short,) = opened(paper(), PaperSize.ROLL)
    (long,) = opened(everything(200), PaperSize.ROLL)
    assert short.get_width() == pytest.approx(80 * POINTS, abs=0.1)
    assert short.get_height() < 50 * POINTS
    assert long.get_height() > 600 * POINTS
    assert "1 / 1" not in text_of(short)


def test_sheets_are_a4_numbered_and_as_many_as_it_takes():
    pages = list(opened(everything(120)))
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert (page.get_width(), page.get_height()) == pytest.approx((210 * POINTS, 297 * POINTS), abs=0.1)
        assert text_of(page).rstrip().endswith(f"{number} / {len(pages)}")


@pytest.mark.parametrize("size", PaperSize)
def test_nothing_stands_beyond_an_edge_however_long_a_name_is(size):
    long = "北" * 70 + "Extraordinarilylongnamewithoutanyspace" * 4 + " и ещё несколько слов по-русски" * 4
    of = paper(
        Mark(long), Facts(((long, long),)), Sums(long, ((long, "CN¥1.00"),), (long, "CN¥1.00")), Words(long)
    )
    margin = STYLES[size].margin * POINTS
    for page in opened(of, size):
        textpage = page.get_textpage()
        for at in range(textpage.count_chars()):
            left, bottom, right, top = textpage.get_charbox(at)
            assert left >= margin - 1
            assert right <= page.get_width() - margin + 1
            assert bottom >= 0
            assert top <= page.get_height()


def test_the_same_paper_is_the_same_octets():
    one, other = (printed(everything(3), PaperSize.A4, Path(FONT)) for _ in range(2))
    assert one == other


def test_a_font_that_is_not_there_or_is_none_is_refused_with_the_setting(tmp_path):
    text = tmp_path / "font.ttf"
    text.write_text("no font")
    for font in (tmp_path / "none.ttf", text, tmp_path):
        with pytest.raises(NoPaper, match=r"name another in \[invoices\] font") as raised:
            printed(paper(), PaperSize.A4, font)
        assert (raised.value.font, raised.value.letters) == (str(font), ())


@pytest.mark.skipif(not Path(LATIN).exists(), reason="DejaVu is not installed")
def test_a_font_that_lacks_letters_is_refused_and_they_are_named():
    with pytest.raises(NoPaper, match=r"lacks U\+4F1F, U\+53D1"):
        printed(paper(Facts((("发票", "张伟"),)), issuer="R", title="T"), PaperSize.A4, Path(LATIN))
    plain = paper(Facts((("Номер", "north-1/17"),)), issuer="Riverside", language="ru")
    (page,) = opened(plain, font=LATIN)
    assert "Номер" in text_of(page)
