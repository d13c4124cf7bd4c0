"""The demo's tour: one payment's life after another, shown as a bank, a customer and a meter see it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from adapters.keys.token_maker import decoder_key
from gateway.core.energy import Energy
from gateway.core.meter import Carrier, MeterState
from gateway.core.money import Money
from gateway.core.outcome import Approved, Deposited, recalled
from gateway.core.payment import deposit_key, payment_key
from gateway.prepayment.deposit_float import DepositFloat
from gateway.proof.check import check_books
from gateway.simulators.bank import BankLink, BankSimulator
from gateway.simulators.bank_messages import BankIdentity
from gateway.simulators.bank_profile import BankProfile
from gateway.simulators.meter import Accepted, VirtualMeter
from gateway.simulators.receipt import receipt_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gateway.assembly.demo_people import DemoPerson
    from gateway.assembly.gateway_service import GatewayService
    from gateway.codecs.iso8583.message import Message
    from gateway.config import Config
    from gateway.core.token import StsIdentity
    from gateway.simulators.town import Town

_WIDTH = 78
_PAID, _OTHER, _WAITING, _LEFT = 10_000, 20_000, 5_000, 7_500
_DEPOSIT = 1_000_000


class TourFault(RuntimeError):  # noqa: N818 - said to the visitor as it is
    """Something on the tour did not go as it should."""


class Tour:
    """Walks through the payments; ``say`` gets each line."""

    def __init__(  # noqa: PLR0913, PLR0917 - the fuse box hands over what it joined
        self,
        config: Config,
        service: GatewayService,
        town: Town,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        doors: dict[str, int],
        say: Callable[[str], None],
    ) -> None:
        self._config = config
        self._service = service
        self._town = town
        self._reactor = reactor
        self._doors = doors
        self._say = say
        self._step = 0
        buyers = [m for m in town.meters if m.state is MeterState.ACTIVE and m.carrier is Carrier.TOKEN]
        self._buyer, self._neighbour = buyers[0], buyers[1]

    async def take(self) -> None:
        """Take the whole tour; TourFault says where it went wrong."""
        await self._service.started
        customers, meters = len(self._town.customers), len(self._town.meters)
        self._say(f"\n{self._config.utility.name}: a town of {customers} customers and {meters} meters.")
        await self._deposit()
        east = await self._connect("east", "default")
        await self._pay_and_repeat(east)
        west = await self._connect("west", "binary87")
        await self._wait_and_reverse(west)
        self._check()
        east.close()
        west.close()

    # -- the stations of the tour -----------------------------------------------------------------

    async def _deposit(self) -> None:
        self._title("East Bank pays in advance", "It may sell only what it has covered.")
        amount = Money(_DEPOSIT, "CNY")
        command = DepositFloat(deposit_key("east", "opening"), "east", amount, "CNY", covered=True)
        content = await self._service.ledger.poster.post(command)
        if not isinstance(content, Deposited):
            raise TourFault(f"the deposit was answered with {content}")
        self._line("deposit", f"float now {Money(content.balance_minor, content.currency).with_currency()}")

    async def _connect(self, bank: str, profile: str) -> BankLink:
        name = next(settings.name for settings in self._config.banks if settings.code == bank)
        self._title(f"{name} signs on", f"ISO 8583 over TCP port {self._doors[bank]}, profile {profile}.")
        simulator = BankSimulator(BankProfile.named(profile), BankIdentity())
        link = await simulator.connect(self._reactor, f"tcp:127.0.0.1:{self._doors[bank]}")
        self._answered(await link.sign_on(), "00", "signed on")
        return link

    async def _pay_and_repeat(self, bank: BankLink) -> None:
        buyer = self._buyer
        self._title("A customer asks, and pays", f"Meter {buyer.drn}; the name is read back, masked.")
        asked = await bank.inquire(buyer.drn, _PAID)
        named = bank.messages.profile.tags_of(48, asked.fields[48])["NM"]
        self._answered(asked, "00")
        self._line("customer", f"the inquiry names {named}, and says what the amount would buy")
        paid = await bank.pay(buyer.drn, _PAID)
        self._answered(paid, "00", "paid, and here is the receipt with its token:")
        self._receipt(paid, "east")
        self._into_the_meter(self._tokens(bank, paid), buyer.identity)

        self._title("The line drops, the bank asks again", "Same reference, same content: the same token.")
        again = await bank.repeat(paid)
        self._answered(again, "00", "approved, as before")
        if self._tokens(bank, again) != self._tokens(bank, paid):
            raise TourFault("the repeat brought another token")
        self._line("token", "the same 20 digits; nothing was booked a second time")

        self._title("The same reference with another amount", "Refused; nothing changes.")
        self._answered(await bank.pay(buyer.drn, _OTHER, paid.fields[37]), "94")

        self._title("The bank reverses after the token is out", "Refused: a token cannot be recalled.")
        self._answered(await bank.reverse(paid), "12")
        self._line("exception", "a claim is open, on the list of what a person must settle with the bank")

    async def _wait_and_reverse(self, bank: BankLink) -> None:
        neighbour = self._neighbour
        self._title("A payment whose credit waits", f"Meter {neighbour.drn}; no token in the answer.")
        paid = await bank.pay(neighbour.drn, _WAITING)
        self._answered(paid, "00")
        self._receipt(paid, "west")

        self._title("The bank takes it back in time", "Accepted: the credit had not gone out.")
        self._answered(await bank.reverse(paid, "0420"), "00", "reversed; the money is given back")

        self._title("And then asks for it late", "The answer stays: reversed.")
        self._answered(await bank.repeat(paid), "12")

        self._title("Another one that nobody has fetched yet", "The office's pages say where it is, and why.")
        self._answered(await bank.pay(neighbour.drn, _LEFT), "00", "paid; the credit waits for its bank")

    def _check(self) -> None:
        self._title("The books", "An independent checker reads every entry.")
        findings = check_books(self._service.ledger.journal)
        if findings:
            raise TourFault("; ".join(findings))
        entries = sum(1 for _ in self._service.ledger.journal.entries())
        self._line("books", f"{entries} entries, every one balanced; the whole book sums to zero")

    # -- what is shown ----------------------------------------------------------------------------

    def _title(self, title: str, remark: str) -> None:
        self._step += 1
        self._say(f"\n{self._step}. {title}")
        self._say(f"   {remark}")

    def _line(self, label: str, text: str) -> None:
        indent = " " * 16
        self._say(textwrap.fill(text, _WIDTH, initial_indent=f"   {label:<13}", subsequent_indent=indent))

    def _answered(self, answer: Message, code: str, remark: str = "done") -> None:
        """Show an answer and what it says; TourFault where it is not the code that belongs here."""
        said = answer.fields.get(63, "")
        if answer.fields.get(39) != code:
            raise TourFault(f"{answer.mti} came with code {answer.fields.get(39)}, not {code}: {said}")
        self._line(f"{answer.mti} code {code}", said or remark)

    def _receipt(self, answer: Message, bank: str) -> None:
        """Print the receipt of the sale that was just answered, read back from the books."""
        reference = answer.fields[37]
        prefix = payment_key(bank, reference)
        rows = self._service.ledger.journal.stored_keys()
        found = [recalled(row.content) for row in rows if row.key.startswith(f"{prefix}-")]
        if len(found) != 1 or not isinstance(found[0], Approved):
            raise TourFault(f"the books do not have the one sale of reference {reference}")
        utility, name = self._config.utility, next(b.name for b in self._config.banks if b.code == bank)
        slip = receipt_text(found[0], utility.name, name, reference, utility.zone)
        self._say("\n" + textwrap.indent(slip, " " * 8))

    def _tokens(self, bank: BankLink, answer: Message) -> list[str]:
        """Read the token of an answer, and behind it the one of free energy where there is such."""
        tags = bank.messages.profile.tags_of(48, answer.fields[48])
        if "TK" not in tags:
            raise TourFault("the answer carries no token")
        return [tags[tag] for tag in ("TK", "FT") if tag in tags]

    def _into_the_meter(self, tokens: list[str], identity: StsIdentity) -> None:
        """Type each token into the virtual meter, twice."""
        place = (identity.sgc, identity.krn)
        vending = next(key for key in self._config.vending_keys if (key.sgc, key.krn) == place)
        meter = VirtualMeter(identity, decoder_key(identity, "04", vending.key.reveal()))
        for token in tokens:
            self._type(meter, token)

    def _type(self, meter: VirtualMeter, token: str) -> None:
        taken = meter.enter(token)
        if not isinstance(taken, Accepted):
            raise TourFault(f"the virtual meter refused the token: {taken.why.value}")
        energy, credit = Energy(taken.energy_wh).kwh_text(), Energy(taken.credit_wh).kwh_text()
        self._line("meter", f"token accepted, +{energy} kWh, the display shows {credit} kWh")
        second = meter.enter(token)
        if isinstance(second, Accepted):
            raise TourFault("the virtual meter took the same token twice")
        self._line("meter", f"the same token again: refused ({second.why.name.lower()}), still {credit} kWh")

    def say_what_next(self, config_file: Path, people: Sequence[DemoPerson]) -> None:
        """Tell what to try now, in words that can be typed."""
        logins = "\n".join(f"   {one.login:<8} {one.password}   {one.name}" for one in people)
        meter = self._neighbour.drn
        place, powertill = config_file.parent, "powertill"
        self._say(
            f"""
The office is open: what was just paid stands there, and one credit still waits.

   http://127.0.0.1:{self._doors["office"]}/

{logins}

The gateway keeps serving (Ctrl-C ends it). From another terminal you can try:

   {powertill} bank-sim --port {self._doors["east"]} pay {meter} 50.00
   {powertill} bank-sim --port {self._doors["east"]} inquire {meter}
   {powertill} check --config {config_file}
   curl http://127.0.0.1:{self._doors["health"]}/health
   curl http://127.0.0.1:{self._doors["health"]}/metrics
   tail {place / "powertill.log"}
"""
        )
