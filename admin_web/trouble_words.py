"""Exceptions in words: what each kind is called, why it matters, and what a person can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.trade_words import TROUBLE_KINDS
from admin_web.words import msg
from gateway.core.counter import station_of
from gateway.core.trouble import Resolution

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class TroubleWords:
    """A kind of exception: its name, why it matters, what can be done. All are sentences of the catalogs."""

    name: str
    matters: str
    cure: str


KINDS: Final[Mapping[str, TroubleWords]] = {
    "reversed_after_token": TroubleWords(
        TROUBLE_KINDS["reversed_after_token"],
        msg(
            "The bank has taken its payment back, but the customer holds the token and can type it in. "
            "The amount is in dispute and stands on the bank's claim account until the claim ends."
        ),
        msg(
            "Ask the bank whether the customer has his money back. If not, the bank pays after all; if so, "
            "agree who bears the loss. Then end the claim here, one way or the other: it is booked, and "
            "the sale is in dispute no more."
        ),
    ),
    "reversed_before_payment": TroubleWords(
        TROUBLE_KINDS["reversed_before_payment"],
        msg(
            "The bank reversed a payment that had not come. Nothing was booked, and the payment is "
            "refused should it come late. Perhaps the bank had named it differently the first time."
        ),
        msg(
            "Look for a sale of the same meter and amount at that time. If there is one, the bank has to "
            "reverse it under its own reference. If there is none, close it as explained."
        ),
    ),
    "advice_refused": TroubleWords(
        TROUBLE_KINDS["advice_refused"],
        msg(
            "The bank says that the customer has already paid, and the payment was refused for good. The "
            "customer is without credit, and the bank has the money."
        ),
        msg(
            "The reason stands in the text. Where it can be mended (a meter that was blocked, a wrong "
            "number), mend it and ask the bank to pay anew; else ask the bank to pay the customer back. "
            "Then close it as settled."
        ),
    ),
    "reference_reused": TroubleWords(
        TROUBLE_KINDS["reference_reused"],
        msg(
            "The bank used the reference of one payment for another meter or amount. The second one was "
            "refused; the first stands as it was booked."
        ),
        msg(
            "Ask the bank whether a customer has paid for the second one. If so, it has to send it anew "
            "under a reference of its own. A bank that does this often counts its references wrongly: "
            "tell its technicians."
        ),
    ),
    "tokens_too_fast": TroubleWords(
        TROUBLE_KINDS["tokens_too_fast"],
        msg(
            "More tokens were asked for one meter than minutes have passed, so the next ones were "
            "refused. It is a bank that repeats under new references, or somebody who tries something."
        ),
        msg(
            "Look at the meter's sales of that time. Where the customer has paid several times by "
            "mistake, ask the bank to reverse what is too much. An hour later the meter can be sold to "
            "again."
        ),
    ),
    "no_token": TroubleWords(
        TROUBLE_KINDS["no_token"],
        msg(
            "A vending key makes no tokens, so payments for the meters of its supply group are refused, "
            "or paid credits wait. One line stands for all of a day."
        ),
        msg(
            "The reason stands in the text: a key that is missing, not approved or expired, or a security "
            "module that does not answer. Put it right on the page of the keys; what waits goes out by "
            "itself when the bank fetches it. Then close it as settled."
        ),
    ),
    "credit_overdue": TroubleWords(
        TROUBLE_KINDS["credit_overdue"],
        msg(
            "The money is here and booked, but the bank has not fetched the token: the customer has paid and "
            "has nothing."
        ),
        msg(
            "Find out whether the customer still wants the credit. If so, ask the bank to fetch it, or "
            "hand the token over by telephone. If the customer has his money back, give the payment back "
            "here: then the credit can never go out."
        ),
    ),
    "undelivered": TroubleWords(
        TROUBLE_KINDS["undelivered"],
        msg(
            "Whoever should be told of sales, such as the sender of short messages, did not take the "
            "notices for so long that they were given up. No money is concerned. One line stands for a "
            "day."
        ),
        msg(
            "Put the receiver right, then give the order powertill outbox retry at the gateway's machine. "
            "Close it as settled when the notices have gone."
        ),
    ),
    "terms_not_begun": TroubleWords(
        TROUBLE_KINDS["terms_not_begun"],
        msg(
            "The day of a change of terms has come, and one of its power types has no price, or they come to "
            "none together. The supply point is sold by the terms that it had."
        ),
        msg(
            "See the tariffs of the power types. Once they have a price the change begins by itself within "
            "the hour; then close it as settled. Sales of the days between keep their prices."
        ),
    ),
    "counter_ahead": TroubleWords(
        TROUBLE_KINDS["counter_ahead"],
        msg(
            "A meter was reset for selling, and it has taken more credits than were ever sold for it here. "
            "Somebody makes tokens for it elsewhere, another meter has its number, or the count was misread. "
            "The meter is blocked: nobody can pay for it."
        ),
        msg(
            "Have the meter inspected and its count read by somebody else. Where all is in order, reset it "
            "for selling again and tick that it may be sold to: a second person approves that, and it is "
            "free. Then close this as explained."
        ),
    ),
    "remote_refused": TroubleWords(
        TROUBLE_KINDS["remote_refused"],
        msg(
            "A meter was reached over its line, and it does not take what was sent: a credit, a relay's "
            "position, a timetable of rates. It will say the same again, so nothing more is sent."
        ),
        msg(
            "The meter's word stands in the text. Look at the order over the line: put right what is wrong "
            "(the way, the meter's key, its count of purchases) and have it sent again, or say there that it "
            "was done by hand at the meter. Then close this as settled."
        ),
    ),
    "remote_unarrived": TroubleWords(
        TROUBLE_KINDS["remote_unarrived"],
        msg(
            "A customer has paid, and his credit went out for the meter over its line a day ago. Nobody has "
            "seen it there since: the meter is not reached, or does not say whether it has it."
        ),
        msg(
            "Look at the order over the line and test the line of the meter. Where the meter takes tokens, "
            "read the token out to the customer: the meter takes it once. When the credit is seen in the "
            "meter, or was entered by hand and the order says so, close this as settled."
        ),
    ),
    "unread_tariff": TroubleWords(
        TROUBLE_KINDS["unread_tariff"],
        msg(
            "A version is approved that this gateway does not understand, so it goes on with the prices "
            "that it has. When its moment comes, sales would be priced by the old version."
        ),
        msg(
            "Run the gateway that the version was approved with, or withdraw the version on the page of "
            "the tariffs and draft it anew."
        ),
    ),
}

#: The same of a sale at a counter, where they are something else for whoever has to settle it.
AT_COUNTER: Final[Mapping[str, TroubleWords]] = {
    "reference_reused": TroubleWords(
        TROUBLE_KINDS["reference_reused"],
        msg(
            "A form of this counter that had sold already was sent again with another meter or amount. The "
            "second one was refused; the first stands as it was booked."
        ),
        msg(
            "Ask the cashier whether a customer has paid for the second one. If so, she sells it to him from "
            "a new form, and gives its token out; if not, close it as explained."
        ),
    ),
    "tokens_too_fast": TroubleWords(
        TROUBLE_KINDS["tokens_too_fast"],
        msg(
            "More tokens were asked for one meter than minutes have passed, so the next one was refused at "
            "the counter: nothing was booked for it. Somebody sells in many small parts, or tries something."
        ),
        msg(
            "Look at the meter's sales of that time, and ask the cashier. If she has taken money for the "
            "refused one, she gives it back, or sells an hour later, when the meter can be sold to again."
        ),
    ),
    "no_token": TroubleWords(
        TROUBLE_KINDS["no_token"],
        KINDS["no_token"].matters,
        msg(
            "The reason stands in the text: a key that is missing, not approved or expired, or a security "
            "module that does not answer. Put it right on the page of the keys; then the counter gives out "
            "what waits, from the page of each sale. Then close it as settled."
        ),
    ),
    "credit_overdue": TroubleWords(
        TROUBLE_KINDS["credit_overdue"],
        msg(
            "The money is in the drawer and booked, but the counter has not given the token out: the "
            "customer has paid and has nothing."
        ),
        msg(
            "Find out whether the customer still wants the credit. If so, whoever sits at a counter gives "
            "its token out from the page of the sale. If he has his money back, give the payment back here: "
            "then the credit can never go out."
        ),
    ),
}

#: For a kind that a newer program has written.
UNKNOWN: Final = TroubleWords(
    msg("Something else"),
    msg("This program does not know the kind; a newer one has written it. The text says what happened."),
    msg("See the page of the newer version, or ask whoever keeps the gateway."),
)

RESOLUTIONS: Final[Mapping[Resolution, str]] = {
    Resolution.EXPLAINED: msg("explained: nothing was wrong"),
    Resolution.SETTLED: msg("settled: it was put right outside"),
    Resolution.REVERSED: msg("the payment is given back"),
    Resolution.UPHELD: msg("the bank pays after all: the payment stands"),
    Resolution.CONCEDED: msg("written off: the bank keeps its money"),
}


def words_of_kind(kind: str, taken_by: str = "") -> TroubleWords:
    """Give a kind's words, as they are for the bank or the counter that took the money."""
    usual = KINDS.get(kind, UNKNOWN)
    return usual if station_of(taken_by) is None else AT_COUNTER.get(kind, usual)


def kind_choices() -> tuple[tuple[str, str], ...]:
    """Give the kinds, for a filter."""
    return tuple((kind, words.name) for kind, words in KINDS.items())


def resolution_said(resolution: str) -> str:
    """Say what became of one; a word of a newer program stands as it is."""
    known = {one.value: said for one, said in RESOLUTIONS.items()}
    return known.get(resolution, resolution)
