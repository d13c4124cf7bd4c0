"""Write the answer to a bank's message from the decided content.

The answer is a function of the request at hand and the content alone: no clock, no dice. So an identical
request gets identical bytes, today and in a year.
"""

from __future__ import annotations

from functools import lru_cache
from textwrap import wrap
from typing import TYPE_CHECKING, assert_never

from gateway.core.closed_day import Closed, DayRefused
from gateway.core.invoice import Invoiced
from gateway.core.key_change import KeyChanged
from gateway.core.key_words import GroupNamed, KeyRefused, KeyStep
from gateway.core.management import Managed, ManagementOrdered
from gateway.core.office import NotDone
from gateway.core.office_answer import (
    ApprovalAsked,
    CardHeld,
    CardOrdered,
    CardSeen,
    Changed,
    LeavingFound,
    ResetFound,
    SignedIn,
    SignInRefused,
    StationCertified,
)
from gateway.core.outcome import (
    Approved,
    Declined,
    Deposited,
    KnownAs,
    MeterFound,
    Noted,
    TokensWanted,
    Undone,
)
from gateway.core.reading_answer import ReadingsTaken
from gateway.core.reset import ResetDone
from gateway.core.tariff_rules import TariffRefused, TariffStep
from gateway.core.timeline import business_date, moment_of
from gateway.core.token_reserved import TokenReserved
from gateway.core.way_answer import WaysKept
from gateway.endpoints.answer_draft import AnswerDraft
from gateway.endpoints.bank_profile import wire_amount
from gateway.endpoints.bank_wording import (
    LINE_WIDTH,
    face_number,
    free_line,
    key_lines,
    key_sentence,
    loading_sentence,
    masked_name,
    offer_lines,
    slip_lines,
    waiting_sentence,
)

if TYPE_CHECKING:
    from datetime import time, tzinfo

    from gateway.codecs.iso8583.message import Message
    from gateway.core.outcome import Content, Offer
    from gateway.endpoints.bank_profile import BankProfile

_AUTHORISATION_DIGITS = 1_000_000

#: Moments whose day of settlement is remembered: the batches that are being answered, for each bank.
_MOMENTS_MAX = 64


def answer_mti(mti: str) -> str:
    """Return the type of the answer: third digit one up, and no repeat digit (0201 → 0210, 0421 → 0430)."""
    return f"{mti[:2]}{chr(ord(mti[2]) + 1)}0"


class AnswerWriter:
    """Writes the answers of one bank; ``zone`` and ``cut_over`` date its settlement."""

    def __init__(self, profile: BankProfile, zone: tzinfo, cut_over: time) -> None:
        self._profile = profile
        self._zone = zone
        self._cut_over = cut_over

    def plain(self, request: Message, reason: str, sentence: str = "") -> bytes:
        """Answer with a code of the profile and perhaps a sentence: sign-on, faults, busy."""
        draft = AnswerDraft(self._profile, request, self._profile.codes[reason])
        _say(draft, sentence)
        return self._encode(request, draft)

    def decided(self, request: Message, content: Content) -> bytes:
        """Answer with what was decided."""
        reason = content.reason.value if isinstance(content, Declined) else "done"
        draft = AnswerDraft(self._profile, request, self._profile.codes[reason])
        match content:
            case Approved():
                self._approved(draft, content)
            case Declined():
                _say(draft, content.sentence)
            case MeterFound():
                self._found(draft, content)
            case Undone() | Deposited() | Noted():
                pass  # answered by the code alone
            case KnownAs() | TokensWanted():
                raise AssertionError("what is not decided yet is asked for again, not answered")
            case Closed() | DayRefused() | NotDone() | ManagementOrdered() | Managed() | KeyChanged():
                raise AssertionError("no bank gives the office's orders")
            case (
                TariffStep() | TariffRefused() | KeyStep() | KeyRefused() | GroupNamed() | StationCertified()
            ):
                raise AssertionError("nor does one publish a price, keep a key, or let stations in")
            case (
                Changed() | ApprovalAsked() | ReadingsTaken() | WaysKept() | SignedIn() | SignInRefused()
                | Invoiced()
            ):  # fmt: skip
                raise AssertionError("nor is any person a bank")
            case (
                LeavingFound() | TokenReserved() | ResetDone() | ResetFound() | CardOrdered() | CardSeen()
                | CardHeld()
            ):  # fmt: skip
                raise AssertionError("nor does a bank take meters out, reset them, or write cards")
            case _:
                assert_never(content)
        return self._encode(request, draft)

    def _approved(self, draft: AnswerDraft, paid: Approved) -> None:
        draft.put("authorisation", f"{paid.receipt_no % _AUTHORISATION_DIGITS:06d}")
        draft.put("settlement_date", _settles(paid.at_us, self._zone, self._cut_over))
        draft.put("receipt", str(paid.receipt_no))
        draft.put("customer", masked_name(paid.customer))
        draft.put("energy", str(paid.energy_wh))
        if paid.token is not None:
            draft.put("token", paid.token.reveal())
            _say(draft, loading_sentence(paid))
        else:
            _say(draft, waiting_sentence(paid))
        draft.put_lines("key_change", [token.reveal() for token in paid.key_change])
        if paid.free is not None:
            draft.put("free_energy", str(paid.free.energy_wh))
            if paid.free.token is not None:
                draft.put("free_token", paid.free.token.reveal())
        if "receipt_lines" not in self._profile.answer:
            self._other_tokens(draft, paid)
        draft.put_written("receipt_lines", lambda room: slip_lines(paid, room))

    def _other_tokens(self, draft: AnswerDraft, paid: Approved) -> None:
        """Say in the text, all in one, the tokens beside the paid one for which the profile has no place."""
        sentences, lines = [], []
        if paid.key_change and "key_change" not in self._profile.answer:
            sentences.append(key_sentence(paid))
            lines += key_lines(paid)
        free = free_line(paid)
        if free and "free_token" not in self._profile.answer:
            sentences.append(free)
            lines.append(free)
        draft.put_sentence("; ".join(sentences), lines)

    def _found(self, draft: AnswerDraft, found: MeterFound) -> None:
        name = masked_name(found.customer)
        draft.put("customer", name)
        draft.put("least", str(wire_amount(self._profile, found.least)))
        who = [line[:LINE_WIDTH] for line in (f"CUSTOMER {name}", f"METER {face_number(found.pan)}")]
        if found.offer is None:
            draft.put_lines("screen_lines", who)
        else:
            self._offered(draft, found.offer, who)

    def _offered(self, draft: AnswerDraft, offer: Offer, who: list[str]) -> None:
        """Say what the amount would buy: for the bank's machine in tags, for its customer in lines."""
        draft.put("energy", str(offer.energy_wh))
        if offer.free_wh:
            draft.put("free_energy", str(offer.free_wh))
        draft.put("tariff", offer.tariff_version)
        until = f"{moment_of(offer.valid_until_us).astimezone(self._zone):%H:%M}"
        if not draft.put_written(
            "screen_lines", lambda room: who + offer_lines(offer, until, room - len(who))
        ):
            draft.put_written("text", lambda room: offer_lines(offer, until, room))

    def _encode(self, request: Message, draft: AnswerDraft) -> bytes:
        return self._profile.spec.encode(answer_mti(request.mti), draft.written())


@lru_cache(maxsize=_MOMENTS_MAX)
def _settles(at_us: int, zone: tzinfo, cut_over: time) -> str:
    """Month and day of settlement. A batch has one moment, and civil time costs more than other fields."""
    day = business_date(moment_of(at_us), zone, cut_over)
    return f"{day.month:02d}{day.day:02d}"


def _say(draft: AnswerDraft, sentence: str) -> None:
    draft.put_sentence(sentence, wrap(sentence, LINE_WIDTH))
