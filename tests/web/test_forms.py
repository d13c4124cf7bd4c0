"""Forms: what is read, what is said of it, the preview, and that an order is sent once."""

import re
from contextlib import suppress
from datetime import UTC, date
from time import thread_time

import pytest
from babel import Locale

from admin_web.fields import Field, read_field
from admin_web.form_body import FormBody, NoForm, Upload, read_fields, read_form
from admin_web.notice import notice_seal
from admin_web.place_seal import seal_place
from admin_web.shown import Shown
from gateway.core.energy import Energy
from gateway.core.money import Money
from tests.web import samples
from tests.web.desk import SEAL_KEY, Desk, office

WHOLE = {"amount": "1234.50", "kind": "levy", "reason": "The slip of today", "sure": "yes"}


@pytest.fixture
def desk():
    samples.ordered.clear()
    return Desk(office(views=object()), samples.ROUTES, ())


def nonce_of(told) -> str:
    (nonce,) = re.findall(r'name="nonce" value="([^"]*)"', told.text)
    return nonce


def test_each_form_that_is_shown_has_a_nonce_of_its_own(desk):
    nonces = {nonce_of(desk.get("/sample/form")) for _ in range(5)}
    assert len(nonces) == 5
    assert all(len(one) == 24 for one in nonces)


@pytest.mark.parametrize("nonce", ["", "short", "x" * 25, "../../../../../etc/passwd"])
def test_a_form_without_its_nonce_is_no_form(desk, nonce):
    assert desk.post("/sample/form", fields=WHOLE | {"nonce": nonce}).code == 400


def test_what_is_wrong_is_said_above_and_beside_its_field_and_what_was_typed_stays(desk):
    nonce = nonce_of(desk.get("/sample/form"))
    told = desk.post("/sample/form", fields={"amount": "12,5", "kind": "refund", "nonce": nonce})
    assert told.code == 422
    summary = told.text.partition('class="error-summary"')[2].partition("</div>")[0]
    assert re.findall(r'href="#(f-[a-z]+)"', summary) == ["f-amount", "f-reason"]
    assert 'value="12,5"' in told.text
    assert '<option value="refund" selected>' in told.text
    assert 'aria-describedby="h-amount w-amount" aria-invalid="true"' in told.text
    assert nonce_of(told) == nonce


def test_an_order_is_previewed_then_confirmed_then_carried_out_once(desk):
    nonce = nonce_of(desk.get("/sample/form"))
    filled = WHOLE | {"nonce": nonce}
    preview = desk.post("/sample/form", fields=filled)
    assert preview.code == 200
    assert samples.ordered == {}
    assert "<strong>CN¥1,234.50</strong><span>Bank East</span>" in preview.text
    assert preview.cells() == [["BANK:east", "CN¥1,234.50", ""], ["FLOAT:east", "", "CN¥1,234.50"]]
    sent = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', preview.text))
    assert {name: sent[name] for name in filled} == filled
    for _ in range(2):
        told = desk.post("/sample/form", fields=filled | {"step": "confirm"})
        assert told.code == 303
    assert samples.ordered == {nonce: Money(123_450, "CNY")}


def test_whoever_sees_the_preview_may_go_back_and_change(desk):
    filled = WHOLE | {"nonce": nonce_of(desk.get("/sample/form")), "step": "change"}
    told = desk.post("/sample/form", fields=filled)
    assert told.code == 200
    assert 'value="1234.50"' in told.text
    assert samples.ordered == {}


def test_a_preview_that_was_tampered_with_is_read_anew(desk):
    filled = WHOLE | {"nonce": nonce_of(desk.get("/sample/form")), "step": "confirm", "amount": "1e9"}
    assert desk.post("/sample/form", fields=filled).code == 422
    assert samples.ordered == {}


def test_a_password_is_never_written_back(desk):
    told = desk.post("/sample/form", fields={"password": "correct horse", "nonce": "a" * 24})
    assert "correct horse" not in told.text
    filled = samples.FORM
    assert "correct horse" not in repr(filled)


def test_a_notice_is_said_only_if_we_said_it(desk):
    sealed = seal_place(
        SEAL_KEY, notice_seal("session-chief", "/sample/form?a=b"), ("The deposit was booked.", "/ledger")
    )
    told = desk.get(f"/sample/form?notice={sealed}")
    assert "The deposit was booked." in told.text
    assert told.link_to("Show it") == "/ledger"
    assert 'id="notice"' not in desk.get(f"/sample/form?notice={sealed}", "auditor").text
    assert 'id="notice"' not in desk.get(f"/sample/thing/1?notice={sealed}").text
    assert 'id="notice"' not in desk.get("/sample/form?notice=Pay%20me").text


class Asking:
    """What a field reads from."""

    def __init__(self, *written, upload=None, language="en"):
        self.shown = Shown(Locale(language), UTC)
        self.form = FormBody({"x": written}, {"x": upload} if upload else {})
        self.me = type("Me", (), {"currency": "CNY"})

    def field(self, name):
        return self.form.fields.get(name, ("",))[0].strip()


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("text", " Zhang  Wei ", "Zhang  Wei"),
        ("area", "one\r\n two ", "one two"),
        ("password", " a b ", " a b "),
        ("money", "12.5", Money(1250, "CNY")),
        ("money", "1,234.50", Money(123_450, "CNY")),
        ("energy", "12.5", Energy(12_500)),
        ("count", "12", 12),
        ("count", "1,200", 1200),
        ("day", "2026-11-23", date(2026, 11, 23)),
        ("choice", "a", "a"),
        ("check", "yes", True),
        ("check", "", False),
        ("kept", "A1", "A1"),
    ],
)
def test_a_field_becomes_its_value(kind, written, value):
    entered = read_field(Field("x", "X", kind, choices=(("a", "A"),)), Asking(written))
    assert (entered.value, entered.fault) == (value, None)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("text", ""),
        ("text", "x" * 101),
        ("text", "a\x07b"),
        ("money", "12,50"),
        ("money", "12.505"),
        ("money", "1e9"),
        ("money", "-"),
        ("energy", "12.0001"),
        ("energy", "kWh"),
        ("count", "-1"),
        ("count", "1.5"),
        ("count", "٣"),
        ("count", "9" * 16),
        ("day", "23.11.2026"),
        ("day", "2026-02-30"),
        ("choice", "b"),
        ("password", ""),
        ("file", ""),
    ],
)
def test_a_field_that_is_wrong_says_so_and_has_no_value(kind, written):
    entered = read_field(Field("x", "X", kind, choices=(("a", "A"),)), Asking(written))
    assert entered.value is None
    assert entered.fault


def test_a_figure_in_russian_stands_plainly_in_the_form_once_it_was_understood():
    """The preview sends it again, perhaps in another language by then."""
    entered = read_field(Field("x", "X", "money"), Asking("1\u202f234,50", language="ru"))
    assert (entered.written, entered.value) == ("1234.50", Money(123_450, "CNY"))


def test_a_field_that_may_be_left_empty_may_be():
    for kind in ("text", "money", "day", "password", "file"):
        entered = read_field(Field("x", "X", kind, is_required=False), Asking(""))
        assert (entered.value, entered.fault) == (None, None)


def test_a_file_is_read():
    upload = Upload("a.csv", b"x")
    assert read_field(Field("x", "X", "file"), Asking(upload=upload)).value is upload


@pytest.mark.parametrize("octets", [b"a=%ff", "a=名".encode(), b"&".join(b"a=1" for _ in range(501))])
def test_fields_that_cannot_be_read_are_refused(octets):
    with pytest.raises(NoForm):
        read_fields(octets)


@pytest.mark.parametrize(
    "body",
    [b"", b"nothing", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", b"--b\r\n\xff\r\n--b--"],
)
def test_parts_that_cannot_be_read_are_refused(body):
    with pytest.raises(NoForm):
        read_form(body, "multipart/form-data; boundary=b", may_carry_files=True)


def a_part(head: str, body: str = "x") -> str:
    return f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n"


def test_parts_are_read_as_browsers_write_them():
    file = 'name="file"; filename="a%22\\"b.csv"\r\nContent-Type: text/csv'
    body = a_part('name="reason"', "a\r\n--c") + a_part(file, "1;2\r\n") + a_part('name="reason"', "名")
    form = read_form(f"{body}--b--\r\n".encode(), 'multipart/form-data; boundary="b"', may_carry_files=True)
    assert form.fields == {"reason": ("a\r\n--c", "名")}
    assert form.uploads == {"file": Upload('a""b.csv', b"1;2\r\n")}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (a_part('name="a"') * 21, "boundary=b"),
        (a_part('name="' + "a" * 1_100 + '"'), "boundary=b"),
        (a_part('name="a"'), "boundary=b" + " " * 200),
        (a_part('name="a"'), "boundary="),
        (a_part('name="a"' + ";" * 900), "boundary=b"),
    ],
)
def test_parts_beyond_the_limits_are_refused(body, kind):
    with pytest.raises(NoForm):
        read_form(f"{body}--b--\r\n".encode(), f"multipart/form-data; {kind}", may_carry_files=True)


@pytest.mark.parametrize(
    "body",
    [
        a_part('name="a"' + ";" * 1_000_000),
        a_part('name="' + "\\" * 1_000_000),
        a_part('name="a"') * 15_000,
        "\r\n--" * 250_000,
        "--b\r\n" * 150_000,
        a_part('name="a"\r\nContent-Type: multipart/mixed; boundary=c', "--c\r\n\r\n" * 100_000),
    ],
    ids=["semicolons", "strokes", "parts", "ends", "marks", "nested"],
)
def test_no_upload_takes_long_to_refuse_or_to_read(body):
    begun = thread_time()
    with suppress(NoForm):
        read_form(f"{body}--b--\r\n".encode(), "multipart/form-data; boundary=b", may_carry_files=True)
    assert thread_time() - begun < 0.2


def test_where_no_file_is_asked_for_no_parts_are_read():
    with pytest.raises(NoForm):
        read_form(
            (a_part('name="a"') + "--b--\r\n").encode(),
            "multipart/form-data; boundary=b",
            may_carry_files=False,
        )


def test_a_value_of_another_kind_is_our_own_mistake(desk):
    class Reading:
        path = "/"
        me = type("Me", (), {"currency": "CNY"})
        shown = Shown(Locale("en"), UTC)
        form = FormBody({"nonce": ("a" * 24,), "amount": ("1",), "reason": ("r",)})
        field = Asking.field

    filled = samples.FORM.read(Reading())
    assert filled.value("amount", Money) == Money(100, "CNY")
    with pytest.raises(TypeError, match="holds no Energy"):
        filled.value("amount", Energy)
    with pytest.raises(TypeError, match="is empty"):
        filled.value("day", date)
