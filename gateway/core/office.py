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
    TOKEN_GIVEN = (
        "the token was given out, and the customer may have entered it: nothing can be taken back any more"  # noqa: S105 - a reason
    )
    NOT_AS_BOOKED = "the meter, the amount, or who took the money, is not that of the sale; look at it again"
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
    NOT_AT_COUNTER = (
        "the meter takes its credit by card or over a line, which no counter can hand over yet; take no "
        "money for it"
    )
    HOARDED = "so much may not stand in this meter; sell no more than there is room for"
    PRICE_CHANGED = "the price is not what was shown any more; look at it, and confirm it anew"
    BANK_SALE = "a bank took the money, so the bank has to reverse the payment"
    OWN_SALE = "whoever made or last corrected a sale does not correct it; ask somebody else who may"
    NOT_HERS = "somebody else has the money in the drawer; only the cashier who took it undoes the sale"
    UNDO_OVER = "the time to undo it alone is over; have it given back, or corrected by somebody else"
    SHIFT_OPEN = "a shift is open already; close it first"
    NO_SHIFT = "no shift is open"
    DRAWER_WAITS = (
        "sales of this drawer still wait for their credit; of each, give the token out, undo it, or have it "
        "given back; then close the shift"
    )
    DRAWER_CLOSED = (
        "the shift of whoever took the money is closed, and her drawer was counted; have the payment given "
        "back, and sell anew"
    )
    COUNT_DIFFERS = "the count is not what the books say; count again, or say in one sentence why"
    SAFE_TOO_LITTLE = "by the books the station's safe holds less than that; take no more than it holds"
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
    KNOWN_PLACE = (
        "somebody of this name at this address is a customer already; open one more supply point in his "
        "file, or say that a second file is meant"
    )
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
    ABOVE_RATING = "the meter does not bear the contracted power; fit one that does"
    ONE_PHASE = "the meter has one phase and the supply point three; fit a meter of three phases"
    NEEDS_THREE_PHASES = "this power type is for supply points of three phases; choose another power type"
    FEE_UNPAID = "the fee comes first; take it at a counter, or put it on the customer's account"
    WRONG_STATE = "the supply point is not where this step begins; look at where it stands"
    ABOVE_ENVELOPE = (
        "more is said to be left than went out and was not used; a second person has to approve that"
    )
    FIGURES_CHANGED = "the figures are not what was shown any more; look at them, and confirm them anew"
    NO_OVERDRAFT_PRICE = "nothing was ever paid for this meter, so what it lent has no price; enter 0 as left"
    NO_PRICE_TODAY = (
        "no tariff says what this energy costs today; approve one, or let refunds be at the price that was "
        'paid: [refunds] price = "paid" in the configuration'
    )
    IN_DISPUTE = "a bank disputes a payment for this meter; end the claim first"
    TRANSFER_WAITS = (
        "energy of the meter before still waits to be given out for this one; give its token out first"
    )
    UNDELIVERED = "a token of this meter has not reached its customer yet; see that it is delivered first"
    DRAWER_SHORT = (
        "your drawer does not hold so much; pay it out once more was taken in, or let a colleague do it "
        "whose drawer holds enough"
    )
    NO_REFUND = "nothing is to be paid out to this customer; look at the list of refunds"
    NOTHING_OWED = "nothing is said to be owed; write at least one sum"
    NO_DEBT = "the customer owes nothing of this kind any more; look at his debts"
    ABOVE_DEBT = "this is more than he owes of this kind, or nothing; take what he owes at the most"
    PAID_BY_PURCHASE = "a debt of this kind is paid by a purchase, not by itself; sell to the meter"
    NOTHING_TRAVELS = "no energy of a meter before waits for this one; look at the statement"
    NO_PURCHASE = "no purchase has gone out for this meter since it hangs there, so nothing can be reset"
    NOT_LAST = "another purchase is the meter's last one by now, and only the last is reset; look at it"
    WRITTEN_OFF = "the bank took this payment back and it was written off, so its sale is not reset"
    SEEN_AHEAD = "the moment at which it was seen lies ahead; correct the day and the time"
    SEEN_BEFORE_SALE = (
        "at the moment at which it was seen the purchase had not gone out yet; correct the day and the time, "
        "or look at the meter again"
    )
    SEEN_BEFORE_READING = (
        "the meter was read after the moment at which it was seen, and the newer figures count; look at the "
        "meter again"
    )
    COUNTED_OTHERWISE = (
        "the credits taken say the contrary of what is chosen for the last purchase; look at the meter "
        "again, and correct one of the two"
    )
    TAKEN_IN_PART = (
        "by the credits taken the meter has one of the purchase's two tokens; show the sale's tokens again, "
        "and the missing one can be entered"
    )
    EARLIER_MISSING = (
        "by the credits taken earlier purchases are missing in the meter as well; show the tokens of those "
        "sales again and have them entered first, then reset what is still missing"
    )
    PROVEN_IN = (
        "a reading or an earlier reset proves that the energy is in the meter, so it was not lost; where the "
        "meter shows something else now, read it first"
    )
    LOST_ALREADY = (
        "this purchase was found to be lost already; its token is given out, and shown again, on the sale's "
        "page"
    )
    NOT_LOST = "this purchase was not found to be lost; reset it for selling first"
    KEY_CHANGED_SINCE = "the meter's key was changed since the reset; reset the sale anew for the new key"
    OTHER_BASE_DATE = (
        "the meter's minutes count from another base date since the purchase, so it could take the old token "
        "and a new one; read the meter, and have it replaced if the energy is missing"
    )
    METER_FROZEN = (
        "the meter is blocked for selling; tick that it may be sold to again, and a second person decides "
        "that"
    )
    CARD_REFUSED = "nothing was written on the card"
    NOT_A_CARD_METER = "the meter takes no credit from a card; sell to it as it takes its credit"
    NOT_ON_CARDS = (
        "the meter's or the customer's number does not fit on this kind of card; cards have digits only, and "
        "as many as their kind has room for"
    )
    NOTHING_FOR_A_CARD = "nothing of it can go on this kind of card; see what the payment was for"
    HAS_A_CARD = (
        "the customer has a card for this meter; ask for it, or reissue it where it is lost or damaged"
    )
    CARD_ORDER_OPEN = (
        "a purchase of this meter is on its way to its card already; put that card in and finish it first"
    )
    BAD_TIMETABLE = "these are no rates; the field that is wrong stands beside it"
    UNKNOWN_TIMETABLE = "no such version of a timetable; see the list"
    NO_DRAFT_NOW = "the version is no draft any more; look at it again"
    BAD_MOMENT = (
        "rates begin at a whole minute, an hour at least after they are approved, and two years ahead at "
        "the most; choose such a moment"
    )
    LATER_APPROVED = "a later version is approved already; publish these rates as a new version"
    GONE_OUT = "meters have it already, or it counts; to go back, publish the earlier rates as a new version"
    TOO_MANY_VERSIONS = "the timetable has as many versions as one may have; choose another code"
    NO_WAY = "no line leads to this meter; enter its way first"
    NO_CREDIT_OVER_LINE = "this model takes no credit over its line; see its table"
    NOT_A_LINE_METER = "the meter takes its credit by token or card, not over a line"
    REMOTE_ORDER_OPEN = "another order of this kind is on its way to the meter; wait until it has ended"
    NO_REMOTE_ORDER = "no such order over a line; see the list"
    REMOTE_ORDER_ENDED = "the order has ended meanwhile; look at it again"
    BAD_COUNT = "the meter's count is below a purchase that went out for it here; read it again"
    MAY_BE_IN_METER = "something of it may be in the meter, so it is not taken back; the next contact tells"
    NO_CARD_ORDER = "no such purchase is on its way to a card; put the card in and look at it again"
    CARD_ORDER_VOID = "the purchase was given up before anything was written on the card; begin it anew"
    TAKING_OFF = "the purchase is being taken off its card; put that card in, and finish it first"
    OTHER_STATION = "the purchase was begun at another station; put the card in here and look at it again"
    OTHER_CARD = "the customer has another card for this meter, or none; look at it again"
    CARD_FEE_UNPAID = "the fee of a card is owed; take it at a counter first"
    ON_A_CARD = (
        "the purchase may be on the card already; put the card in, and it is finished with the same number"
    )
    NO_STATION_CODE = (
        "the code is not right, or older than half an hour; have a new one made and type all of its letters"
    )
    STATION_CODE_USED = "the code was used already; have a new one made"
    NO_CERTIFICATE = "no station has a certificate of this number; see the list"
    CERTIFICATE_REVOKED = "the certificate was taken back, or is over; let the station in anew with a code"
    TOO_MANY_CERTIFICATES = "the station has as many certificates as may stand; take old ones back first"
    SOLD_ALREADY = "this was sold already, and its credit waits; look at the card again"
    NO_CARDS = "no card is named, or more than one delivery has; send the list in parts"
    CARD_KNOWN = "the card is in the stock already; look for its serial number"
    UNKNOWN_CARD_KIND = (
        "there is no such kind of card, or the serial number is not of its length; compare it with the list"
    )
    UNKNOWN_CARD = "no such card is in the stock; see the list"
    WRONG_CARD_STATE = "the card is not where this step begins; look at where it stands"
    NO_READINGS = "no reading is named, or more than one file has; send the file in parts"
    READING_REFUSED = "no reading was taken"
    BAD_LINE_PLACE = (
        "no line leads there: a modem dials a telephone number, a network has HOST:PORT, and a meter that "
        "calls in has a name without spaces"
    )
    UNKNOWN_MODEL = "there is no such model of meters; see the list"
    BAD_LINE_ADDRESS = (
        "this is no address of the model: DL/T 645 has twelve digits, IEC 62056-21 up to 32 letters and "
        "digits, DLMS the digits of a physical address or nothing"
    )
    BAD_MULTIPLIER = "a multiplier is 1 to 1000000, and 1 for a customer's meter: its file has the rest"
    PROTECTION_STANDS = "he is protected from being cut off; take that away at the meter's way, with a reason"
    NO_WAYS = "no way is named, or more than one order takes; send the list in parts"
    UNKNOWN_GROUP = "no such group of meters; see the list"
    BAD_GROUP = "a group names nothing, a branch, a place of the network, a model, or up to 1000 meters"
    BAD_RECURRENCE = (
        "this does not come again: write days 0123456 (Monday is 0), month 1 to month 31, or minutes 15, 30, "
        "60 or what else divides a day"
    )
    BAD_HOURS = "hours are written as 22:00, and one weekday at least is named"
    BAD_JITTER = "first calls are spread over half of the hours at the most, so that others can be repeated"
    NOT_OF_WANTS = "frozen values come by the month, a load profile by the day; choose what comes so"
    NO_RELAY = "this model of meters has no relay that is switched like this over a line"
    PROTECTED = "the customer is protected from being cut off; nobody switches him off over a line"
    OUTSIDE_HOURS = "nobody is switched off at these hours; choose a time in which that is allowed"
    BAD_PERIOD = "the order ends before it begins, is over already, or lies further ahead than 31 days"
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
