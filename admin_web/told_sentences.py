"""Sentences with figures in them that the gateway writes in English: into checks, exceptions, refusals.

``{name}`` is a place for a figure or a name, or for another sentence. Each stands as the gateway's own code
writes it; a test finds out where one of them is written otherwise by now. How they are said: ``told.py``.
"""

from __future__ import annotations

from typing import Final

from admin_web.words import msg

#: What the health checks say.
CHECKS: Final = (
    msg("{count} commands wait"),
    msg("{count} links"),
    msg("the bank is not connected"),
    msg("{count} requests in work"),
    msg("{count} notices wait"),
    msg("{count} notices were given up; see: powertill outbox"),
    msg("the oldest of {count} notices waits for {minutes} minutes"),
    msg("approved versions: {count}"),
    msg("approved versions cannot be looked for: {why}"),
    msg("{version} cannot be read, so the prices before it go on: {why}"),
    msg("approved vending keys: {count}"),
    msg("vending keys cannot be looked for: {why}"),
    msg("the sealed file can be read"),
    msg("no key is in the sealed file yet"),
    msg("the security module is open"),
    msg("the checks themselves failed, see the log"),
)

#: What the places of keys say of themselves.
KEEPERS: Final = (
    msg("there is no such sealed key file"),
    msg("the sealed key file cannot be read or written"),
    msg("the sealed key file may be read or changed by others than its owner: chmod 600"),
    msg("this is no sealed key file of a version that is known here"),
    msg("the sealed key file is damaged: bring back the last good copy"),
    msg("the passphrase is not that of the sealed key file"),
    msg("the PKCS#11 module cannot be loaded, or does not start"),
    msg("the PKCS#11 module has no token of the label in the configuration"),
    msg("the PKCS#11 module has more than one token of the label in the configuration"),
    msg("the PKCS#11 token refuses the PIN; it is not tried again, since a token locks itself after a few"),
    msg("the PKCS#11 token has locked itself after wrong PINs"),
    msg("the PKCS#11 token has no secret key of this label"),
    msg("the PKCS#11 token has more than one secret key of this label, and which is meant nobody can say"),
    msg("the PKCS#11 token does not let this key be used for HMAC-SHA-256"),
    msg("the PKCS#11 module lost its token or its session"),
    msg("the PKCS#11 module does not answer in time"),
    msg("the PKCS#11 worker is being started"),
    msg("the PKCS#11 worker has ended and is started anew"),
    msg("too many questions wait for the PKCS#11 module"),
    msg("the PKCS#11 worker is stopped"),
)

#: What the rows of exceptions say.
EXCEPTIONS: Final = (
    msg("the bank reversed a payment that never came; if it comes late it is refused"),
    msg("the bank reversed a payment whose token is out; end the claim with the bank"),
    msg("a paid credit was never handed over; ask the bank to fetch or to reverse it"),
    msg("the bank used a payment's reference for another payment: {why}"),
    msg("a form of the counter was sent again for another payment: {why}"),
    msg("more tokens were asked for one meter than minutes have passed: {why}"),
    msg("the bank says that the customer has paid, and it was refused: {why}"),
    msg("the meter has taken more credits than were sold: {taken} credits taken, {sold} sold"),
    msg("the terms due on {day} have not begun at {point}: {why}"),
    msg("{what}, since no token could be made for the meter: {why}"),
    msg("a payment was refused"),
    msg("a paid credit waits"),
    msg(
        "notices could not be delivered, the first is number {number} ({kind}: {why}); put the receiver "
        "right, then: powertill outbox retry"
    ),
    msg(
        "the version is approved and the gateway cannot read it ({why}); it goes on with the prices that it "
        "has; run the gateway that it was approved with, or withdraw the version"
    ),
)

#: What a refusal says more.
DETAILS: Final = (
    msg("more energy than one token carries"),
    msg("{amount} are in it"),
    msg(
        "{amount} are in it, and {waiting} of it are of sales whose tokens are not given out yet; {most} at "
        "the most can be paid out"
    ),
    msg("a fee of {amount} at the most can be taken from what is left"),
    msg("the issuer did not keep what it had prepared"),
    msg("receipts {numbers}"),
    msg("the base date holds no token id for this instant: the meter needs another base date"),
)

#: What is wrong in the office's files.
FILE_FAULTS: Final = (
    msg("a name has 1 to {most} characters that can be printed"),
    msg("an address has {most} characters at most, and all can be printed"),
    msg("an address has {most} characters at most"),
    msg("an address has {most} characters, and all can be printed"),
    msg("a telephone number is digits, spaces and dashes, with a + before the country's code"),
    msg("an identity number is 3 to 31 digits and capital letters"),
    msg("a power type's part is 1 to 99 per cent; who has all of it is the meter's own"),
    msg("the power types' parts are {sum} per cent together, and must be 100"),
    msg("a meter has {most} {what} at most"),
    msg("one of the {what} is named twice"),
    msg("power types"),
    msg("preferential schemes"),
    msg("the work was done today or in the {days} days before"),
)

#: What is wrong in a tariff; the sentences about rare parts of the format stay in English.
TARIFF_FAULTS: Final = (
    msg("must be a JSON object"),
    msg("must be an object"),
    msg("is not JSON: line {line}, column {column}: {why}"),
    msg("nests too deeply"),
    msg("is there twice, and only one of the two would count"),
    msg("is not a key of a tariff"),
    msg("must be a list of at most {most}"),
    msg("must be a short name"),
    msg("must be true or false"),
    msg("must be a whole number from 0 to {most}"),
    msg('must be a decimal as text, such as "0.4883"'),
    msg('must be a decimal as text, such as "-0.0100"'),
    msg('must be from 0 to 1: thirty percent is "0.30"'),
    msg("is finer than one watt-hour"),
    msg("must say what the energy costs"),
    msg("must be one of {words}"),
    msg("two lines have this code, or it is a reserved word"),
    msg("names no line of this tariff"),
    msg("names this line itself or one behind it: taxes would be circular"),
    msg("either amount or amount_per_kw"),
    msg("must have an amount, a rate, or both"),
    msg("has a fee already"),
    msg("at least one step"),
    msg("null in the last step, and only there"),
    msg("must be above the step before"),
    msg("must be above 0"),
    msg("must be at least 1"),
    msg("is below min_kwh: nothing could be bought"),
    msg("is before the first day"),
    msg("is no day of the calendar"),
    msg("must name the year too"),
    msg('must be a time of the day, such as "07:30"; the end of a day is "24:00"'),
    msg("overlaps another zone: zones cover the 24 hours once"),
    msg("there is a gap before this span: zones cover the 24 hours once"),
    msg("the zones leave the end of the day out: they cover the 24 hours once"),
    msg("two seasons begin on this day"),
    msg("this day stands here twice"),
    msg("shares of the tender must leave something for energy"),
    msg("the last step must cost something and no step less than nothing"),
    msg("{what} cannot be priced by this version"),
)

#: What became of an order over a line.
REMOTE: Final = (
    msg("the relay is open"),
    msg("the relay is closed"),
    msg("the relay is open, and the customer may close it"),
    msg("{relay}, and nothing was sent"),
    msg("{relay}, so the try before was obeyed"),
    msg("the relay is open: {why}"),
    msg("the relay is closed: {why}"),
    msg("the meter does not say where its relay is"),
    msg("the meter does not say where its relay is: {why}"),
    msg("the relay is open, and the meter does not say if the customer may close it; cure: ask him"),
    msg("the customer is protected from being cut off by now"),
    msg("its time was over before it could be sent"),
    msg("its time was over before the meter was reached"),
    msg("its time has not come yet"),
    msg("the gateway stopped while it was on its way"),
    msg("the payment was taken back before anything was sent"),
    msg("the meter has executed the token"),
    msg("{what}, or had it before"),
    msg("the meter says that this token was used before, and not by us: was it entered by hand?"),
    msg("the meter refuses the token: {why}"),
    msg("the meter has not said what became of the token ({why})"),
    msg("the meter's count of purchases is {count}"),
    msg("the meter's count of purchases is still {count}"),
    msg("the meter's count could not be read afterwards: {why}"),
    msg("the meter has taken {count} purchases meanwhile"),
    msg("the meter has a purchase {number} that is not ours; cure: find out who recharged it"),
    msg("the meter's last purchase could not be read: {why}"),
    msg("the meter's purchase {number} has another amount; cure: find out whose it is"),
    msg("the meter has purchase {number}: the try before had sent it"),
    msg("the meter refuses: {why}"),
    msg("no reason"),
)

#: What older programs wrote: it stands in the books for ever.
FORMER: Final = (msg("the bank reversed a payment whose token is out; settle the claim with the bank"),)

ALL: Final = (*CHECKS, *KEEPERS, *EXCEPTIONS, *DETAILS, *FILE_FAULTS, *TARIFF_FAULTS, *REMOTE, *FORMER)
