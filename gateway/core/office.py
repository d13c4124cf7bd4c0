"""Why the office's own orders are not carried out: nothing was done, and the order may be given again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gateway.core.sentence import with_detail


class OfficeRefusal(Enum):
    """A reason, with the cure where there is one."""

    UNKNOWN_METER = "no such meter or customer; see the number on the meter"
    SEVERAL_METERS = "this customer has several meters; name the meter"
    NO_TOKENS = "the meter takes no tokens: its credit goes by card or over a line"
    REMOVED = "the meter was taken out of service"
    NO_ORDER = "nothing was ordered under this reference; see the list of orders"
    OTHER_METER = "the order is for another meter; compare both"
    REFERENCE_USED = "this reference was used before with other content; take another one"
    SAME_PERSON = "who ordered it cannot approve it; ask somebody else"
    TOO_OLD = "the order has waited for more than a day; give it anew"
    NO_TOKEN = "no token can be made for this meter now"  # noqa: S105 - a reason, not a secret
    TOKENS_TOO_FAST = "too many tokens for this meter in a short time; try again in an hour"
    NO_CHANGE = "no key change is on its way to this meter"
    CHANGE_ON_ITS_WAY = "another key change is on its way; confirm it, or give it up"
    SAME_KEY = "the meter holds this key already"
    UNKNOWN_KEY = "no vending key is approved for the key it should get; load it first"
    SIGNED_OUT = "nobody is signed in any more; sign in again, nothing was done"
    NOT_ALLOWED = "your roles do not allow this; ask an administrator"
    ABOVE_LIMIT = "the amount is above your limit; somebody with a higher one must do it"
    OTHER_BRANCH = "it belongs to another branch, or is not there"
    NO_REASON = "a reason is needed, in one sentence of 200 characters at most"
    TWICE_AT_ONCE = "somebody else has changed it meanwhile; look at it again"
    UNKNOWN_PERSON = "no such operator; see the list"
    UNKNOWN_ROLE = "no such role; see the list"
    NO_SUCH_LEVEL = (
        "this function has no such level, so nothing would come of granting it; choose a lower one"
    )
    UNKNOWN_BRANCH = "no such branch; see the list"
    UNKNOWN_STATION = "no such station, or it is closed; see the list"
    LOGIN_USED = "the login is taken, and is never given to anybody else; choose another one"
    CODE_USED = "the code is taken; choose another one"
    BAD_LOGIN = "a login has 2 to 32 small letters, digits, dots, dashes, and begins with a letter"
    BAD_CODE = "a code has 1 to 32 small letters, digits, dashes, and begins with a letter or digit"
    BAD_NAME = "a name has 1 to 64 characters that can be printed"
    OWN_ROLES = "nobody gives roles to herself, or changes a role she has; ask another administrator"
    OWN_ACCOUNT = "nobody decides herself where or until when she may act; ask another administrator"
    ABOVE_OWN = "this login may do more than you; ask somebody who may do as much, or do it at the machine"
    LAST_ADMINISTRATOR = "she is the last one who can let people in; make another administrator first"
    NO_APPROVAL = "no such request; see the list of approvals"
    APPROVAL_DECIDED = "the request was decided already"
    DONE_ALREADY = "it was done, or refused for good, in another way; look at where it stands"
    ASKED_OTHERWISE = "another order about the same waits for a second person; see the requests"
    ASKED_TOO_OFTEN = "this was asked for too often and never approved; settle it in another way"
    APPROVAL_OVER = "the request has waited for too long; it must be asked for anew"
    OTHER_CONTENT = "the request is not what was asked for; refuse it, and ask anew"
    ASKER_GONE = "who asked for it could not ask for it any more; refuse it"
    NEWLY_HELPED = (
        "somebody else has set your password or taken your authenticator away in the last three days; until "
        "they are over, somebody else must approve it"
    )
    HELPED_ASKER = (
        "you have set the password of whoever asked for it, or taken her authenticator away, in the last "
        "three days; somebody else must approve it"
    )
    OWN_REQUEST = "nobody approves her own request; ask somebody else"
    NOT_OWN_REQUEST = "only who asked can withdraw the request; refuse it instead"
    UNKNOWN_TROUBLE = "no such exception; see the list"
    TROUBLE_CLOSED = "the exception was closed already"
    CREDIT_GONE = "the credit has left the house; nothing can be given back, settle it with the bank"
    NOT_AS_BOOKED = "the bank, meter or amount is not that of the sale; look at it again"
    NOT_WAITING = "the sale does not wait any more; look at where it stands"
    NO_SALE = "no sale belongs to it, so there is nothing to give back"
    SETTLES_AFTERWARDS = (
        "the bank settles afterwards, so it has no float that a deposit could fill; if it pays in advance, "
        "set covered = true for it in the configuration"
    )
    NO_CLAIM = "the sale is not in dispute, so there is no claim to end; look at where it stands"
    CLAIM_STANDS = "the claim still stands: say whether the bank pays after all, or the utility bears it"
    COUNTER_WAITS = (
        "a sale of this meter at a counter still waits for its credit; give its token out, or undo it, first"
    )
    PRICE_CHANGED = "the price is not what was shown any more; look at it, and confirm it anew"
    BANK_SALE = "a bank took the money, so the bank has to reverse the payment"
    OWN_SALE = "whoever made a sale does not correct it; ask somebody else who may"
    NOT_HERS = "somebody else has the money in the drawer; only the cashier who took it undoes the sale"
    UNDO_OVER = "the time to undo it alone is over; have it given back, or corrected by somebody else"
    SHIFT_OPEN = "a shift is open already; close it first"
    NO_SHIFT = "no shift is open"
    METER_KNOWN = "the meter is in stock or at a customer already; look for its number"
    UNKNOWN_STOCK = "no such meter is in stock; see the list"
    NOT_IN_STOCK = "the meter has left the stock; nothing can be done with it there"
    SALE_WAITS = (
        "a sale of this meter still waits for its credit; hand the credit over, or give the money back, first"
    )
    OTHER_KEY = "the books know another key of this meter than the stock does; find out first which it holds"
    NO_METERS = "no meter is named, or more than one delivery has; send the list in parts"
    BAD_FILE = "this cannot be entered"
    ACCOUNT_USED = "the account number is taken; look for it, or leave it empty to get the next one"
    NO_NUMBER_LEFT = "no account number is left to be given out; enter one by hand"
    BAD_ACCOUNT = "an account number has 10 digits, the last of which is its check digit; compare it"
    KNOWN_PERSON = "somebody with this identity number is a customer already; say that a second file is meant"
    UNKNOWN_CUSTOMER = "no such customer; look for his name or account number"
    UNKNOWN_POINT = "no such supply point; see the customer's file"
    TOO_MANY_POINTS = "the customer has as many supply points as anybody may have"
    UNKNOWN_PLACE = "no such place in the network, or it is of another kind; see the dictionary"
    NO_PRICE = "no approved tariff prices this power type; see the tariffs"
    NOT_TOGETHER = "these power types and schemes come to no price on one meter; see their tariffs"
    CHANGE_DUE = "another change of this supply point is due already; wait for its day, or withdraw it first"
    NO_CHANGE_DUE = "no change of this supply point is due; look at where it stands"
    DAY_PAST = "this business day is over, and nothing is priced backwards; choose today or a later day"
    DAY_TOO_FAR = "this day is too far ahead; order it when the prices of that time are nearer"
    MORE_POWER = "more contracted power is agreed on with its fee; enlarge the capacity instead"
    NOT_MORE_POWER = "this is no more than was agreed on; less is an amendment of the terms"
    ABOVE_RATING = "the meter does not bear so much; it must be replaced first"
    FEE_UNPAID = "the fee comes first; take it at a counter, or put it on the customer's account"
    WRONG_STATE = "the supply point is not where this step begins; look at where it stands"
    ABOVE_ENVELOPE = (
        "more is said to be left than went out and was not used; a second person has to approve that"
    )
    FIGURES_CHANGED = "the figures are not what was shown any more; look at them, and confirm them anew"
    NO_OVERDRAFT_PRICE = "nothing was ever paid for this meter, so what it lent has no price; enter 0 as left"
    PRESET_OWED = (
        "the meter came with energy that no purchase has paid for yet; sell to it once, then go on: the "
        "token need not be entered"
    )
    IN_DISPUTE = "a bank disputes a payment for this meter; end the claim first"
    TRANSFER_WAITS = (
        "energy of the meter before still waits to be given out for this one; give its token out first"
    )
    UNDELIVERED = "a token of this meter has not reached its customer yet; see that it is delivered first"
    NO_REFUND = "nothing is to be paid out to this customer; look at the list of refunds"
    NOTHING_TRAVELS = "no energy of a meter before waits for this one; look at the statement"
    NO_READINGS = "no reading is named, or more than one file has; send the file in parts"
    READING_REFUSED = "no reading was taken"
    NO_CHANGES = "nothing is different from what stands there"
    WRONG_CODE = "the code is not right; look at the authenticator's clock and type the next code"
    NOT_STANDING = "the money did not stay, so there is no invoice of this sale; look at where it stands"
    SALE_STANDS = "the sale stands, so its invoice does; it is taken back once the sale was undone"
    NO_INVOICE = "no such invoice of this sale; look at the list"
    NO_ADMINISTRATOR = "the role administrator lets nobody in any more; give her another role that does"


@dataclass(frozen=True, slots=True)
class NotDone:
    """Refused; nothing was changed, nothing is remembered."""

    reason: OfficeRefusal
    detail: str = ""

    @property
    def sentence(self) -> str:
        """The reason in words, with the detail where there is one."""
        return with_detail(self.reason.value, self.detail)
