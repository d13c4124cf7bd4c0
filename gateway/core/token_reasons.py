"""Why a customer has no token yet, and who does what next, in words; ``token_story.py`` says when."""

from __future__ import annotations

from enum import Enum
from typing import Final

from gateway.core.refusal import Refusal


class Reason(Enum):
    """Where the credit is, or what stands in its way; the value is said to the customer's clerk."""

    REFUSED = "the payment was refused, so nothing was booked and no token was made"
    REVERSED_BEFORE = "the bank reversed the payment before it came, so nothing was booked"
    NO_KEY = "the money is here, but no token can be made for this meter now"
    AT_MODULE = "the money is here, and the token's number is reserved; the module must still make it"
    NOT_FETCHED = "the money is here, and the credit waits for the bank to fetch it"
    OVERDUE = "the money is here, and the bank has left the credit waiting for too long"
    AT_COUNTER = "the money is here, and the credit waits at the counter that took it"
    ON_CARD = "the money is here, and the credit waits to be written on the customer's card"
    CARD_BEGUN = "the money is here, and a station has begun to write the credit on the customer's card"
    CARD_IN_DOUBT = (
        "the credit was being written on the customer's card, and whether it is there is not known"
    )
    CARD_REISSUED = "the card was replaced, and the credit waits to be written on the customer's new card"
    ON_THE_CARD = "the credit is on the customer's card"
    ON_LINE = "the money is here, and the credit waits to be sent to the meter over its line"
    ON_ITS_WAY = "the money is here, and the credit is being sent to the meter over its line"
    LINE_UNKNOWN = "the credit was sent to the meter, and whether it has it is not known yet"
    LINE_REFUSED = "the meter refused the credit that was sent to it over its line"
    LINE_AGAIN = "the credit went out for the meter, and waits to be sent over its line once more"
    BY_HAND = "the credit was entered at the meter by hand"
    OUT = "the token is out: it went to the bank with the answer"
    GIVEN_OUT = "the token is out: it was given out at the counter"
    OUT_NOT_TOLD = "the token is out, and the notice about it is still on its way"
    OUT_GIVEN_UP = "the token is out, and the notice about it could not be delivered"
    LOST = "the token is out, and was found to be lost: it is to be made once more"
    OUT_AGAIN = "the token that went out first was lost; another one stands in its place"
    DELIVERED = "the credit was delivered to the meter"
    REVERSED = "the bank reversed the payment before its credit went out; the money went back to the bank"
    TAKEN_BACK = "the sale was taken back at the counter before its credit went out"
    CLAIMED = "the token is out, and the bank has reversed the payment after that: the money is in dispute"
    CONCEDED = "the token is out; the bank took the money back after that, and it was written off"


class NextStep(Enum):
    """Who does what next."""

    PAY_AGAIN = "the customer has the money back from the bank, or asks there for it, and pays anew"
    PAY_RIGHT = (
        "the customer has the money back from the bank, or asks there for it; what was refused is put "
        "right in the new payment"
    )
    PAY_LATER = (
        "the customer has the money back from the bank, or asks there for it, and pays on another day: "
        "today it is refused again"
    )
    UNBLOCK = (
        "do not let the customer pay anew yet, it is refused again: the office looks at the meter's "
        "file and says when it may be sold to"
    )
    SET_PRICE = (
        "do not let the customer pay anew yet, it is refused again: whoever keeps the tariffs puts a "
        "price in force for this meter"
    )
    BILL = "do not let the customer pay anew, it is always refused: the meter is billed by its readings"
    COVER = (
        "the customer has the money back from the bank; this bank sells again once it has made a "
        "deposit, others sell meanwhile"
    )
    BANK_NUMBERS = (
        "the bank has numbered two payments alike: it pays the customer back, or sends the payment "
        "with a number of its own"
    )
    MEND_KEY = "an engineer puts the vending key or its module right; then the bank asks again"
    WAIT = "nothing is to be done: it comes by itself within minutes; after that ask the bank to repeat"
    FETCH = "ask the bank to repeat the payment or to ask for its result: it gets the token in the answer"
    FETCH_OR_REVERSE = "ask the bank to fetch the credit or to reverse the payment; see the exceptions"
    GIVE_OUT = "a cashier gives the token out from the sale's page, or the money is given back"
    BRING_CARD = "the customer brings the card to a station"
    FINISH_CARD = (
        "the customer brings that card to any station: it is read there, and the purchase is finished with "
        "the same number"
    )
    BRING_NEW_CARD = "the customer brings the new card to any station, and the purchase is written on it"
    WAIT_FOR_LINE = (
        "nothing is to be done: the meter is called until it answers, and is looked at before anything is "
        "sent again; where it takes tokens, read the token out meanwhile"
    )
    SEE_REFUSED = (
        "an engineer looks at the order over the line and at the meter, and has it sent again, or says that "
        "it was entered by hand; where the meter takes tokens, read the token out meanwhile"
    )
    INSERT_CARD = (
        "the customer puts the card into the meter; where that shows nothing new, he brings it to a station, "
        "which reads it"
    )
    READ_OUT = "make sure who asks, then read the token out or print it again"
    READ_STANDING_OUT = (
        "make sure who asks, then read out or print the token that stands; the meter takes it or the first "
        "one, never both"
    )
    GIVE_AGAIN = "whoever resets meters for selling gives the token out once more from the sale's page"
    READ_OUT_AND_MEND = (
        "read the token out; an engineer mends the system that receives the notices, and sends them again"
    )
    LOOK_AT_METER = "compare the meter's display with the sale; its file shows what it was sold"
    SEE_CORRECTED = (
        "look at the meter's other sales: where this one was corrected the right one is there; else the "
        "customer has the money back, and pays anew"
    )
    SETTLE_CLAIM = "end the claim with the bank; see the exceptions"
    STAYS_GOOD = "nothing is to be done: the token stays good, and its energy stays on the books"


#: What happens next, but for refusals.
NEXT: Final = {
    Reason.REVERSED_BEFORE: NextStep.PAY_AGAIN,
    Reason.NO_KEY: NextStep.MEND_KEY,
    Reason.AT_MODULE: NextStep.FETCH,
    Reason.NOT_FETCHED: NextStep.FETCH,
    Reason.OVERDUE: NextStep.FETCH_OR_REVERSE,
    Reason.AT_COUNTER: NextStep.GIVE_OUT,
    Reason.ON_CARD: NextStep.BRING_CARD,
    Reason.CARD_BEGUN: NextStep.FINISH_CARD,
    Reason.CARD_IN_DOUBT: NextStep.FINISH_CARD,
    Reason.CARD_REISSUED: NextStep.BRING_NEW_CARD,
    Reason.ON_THE_CARD: NextStep.INSERT_CARD,
    Reason.ON_LINE: NextStep.WAIT_FOR_LINE,
    Reason.ON_ITS_WAY: NextStep.WAIT,
    Reason.LINE_UNKNOWN: NextStep.WAIT_FOR_LINE,
    Reason.LINE_REFUSED: NextStep.SEE_REFUSED,
    Reason.LINE_AGAIN: NextStep.WAIT_FOR_LINE,
    Reason.BY_HAND: NextStep.LOOK_AT_METER,
    Reason.OUT: NextStep.READ_OUT,
    Reason.GIVEN_OUT: NextStep.READ_OUT,
    Reason.OUT_NOT_TOLD: NextStep.READ_OUT,
    Reason.OUT_GIVEN_UP: NextStep.READ_OUT_AND_MEND,
    Reason.LOST: NextStep.GIVE_AGAIN,
    Reason.OUT_AGAIN: NextStep.READ_STANDING_OUT,
    Reason.DELIVERED: NextStep.LOOK_AT_METER,
    Reason.REVERSED: NextStep.PAY_AGAIN,
    Reason.TAKEN_BACK: NextStep.SEE_CORRECTED,
    Reason.CLAIMED: NextStep.SETTLE_CLAIM,
    Reason.CONCEDED: NextStep.STAYS_GOOD,
}

#: What happens next after a refusal; where the order was wrong in itself, a right one succeeds.
AFTER_REFUSAL: Final = {
    Refusal.UNKNOWN_METER: NextStep.PAY_RIGHT,
    Refusal.BAD_METER_NUMBER: NextStep.PAY_RIGHT,
    Refusal.SEVERAL_METERS: NextStep.PAY_RIGHT,
    Refusal.METER_BLOCKED: NextStep.UNBLOCK,
    Refusal.METER_NOT_ACTIVE: NextStep.UNBLOCK,
    Refusal.BAD_AMOUNT: NextStep.PAY_RIGHT,
    Refusal.BELOW_MINIMUM: NextStep.PAY_RIGHT,
    Refusal.OVER_LIMIT: NextStep.PAY_RIGHT,
    Refusal.NOT_A_MULTIPLE: NextStep.PAY_RIGHT,
    Refusal.TOO_OFTEN: NextStep.PAY_LATER,
    Refusal.BY_READINGS: NextStep.BILL,
    Refusal.WRONG_CURRENCY: NextStep.PAY_RIGHT,
    Refusal.NOT_COVERED: NextStep.COVER,
    Refusal.NO_TARIFF: NextStep.SET_PRICE,
    Refusal.NO_TOKEN: NextStep.MEND_KEY,
    Refusal.TOKENS_TOO_FAST: NextStep.PAY_LATER,
    Refusal.KEY_REUSED: NextStep.BANK_NUMBERS,
    Refusal.REVERSED: NextStep.PAY_AGAIN,
    # These refuse a reversal whose payment never came.
    Refusal.ORIGINAL_UNKNOWN: NextStep.PAY_AGAIN,
    Refusal.TOKEN_OUT: NextStep.PAY_AGAIN,
    Refusal.AMOUNT_DIFFERS: NextStep.PAY_AGAIN,
    Refusal.METER_DIFFERS: NextStep.PAY_AGAIN,
    Refusal.PARTIAL_REVERSAL: NextStep.PAY_AGAIN,
}
