"""The chart of accounts: which accounts exist, what they mean, on which side they normally stand.

An account code is ``PREFIX`` or ``PREFIX:part[:part]``. Money accounts hold minor units of a currency,
accounts that begin with ``E.`` hold watt-hours. Accounts come into being with their first posting.
"""

from __future__ import annotations

from enum import Enum


class Side(Enum):
    """Where an account normally stands."""

    DEBIT = "debit"
    CREDIT = "credit"
    EITHER = "either"


#: prefix → (normal side, meaning). Meanings are the glossary's.
CHART: dict[str, tuple[Side, str]] = {
    "CASH": (Side.DEBIT, "cash in an operator's drawer"),
    "SAFE": (Side.DEBIT, "cash that cashiers have handed in at a station"),
    "OVER_SHORT": (Side.EITHER, "what a drawer held too little, or too much, when it was counted"),
    "BANK": (Side.DEBIT, "clearing: what a bank has collected and owes us"),
    "FLOAT": (Side.CREDIT, "what a bank or agent has covered in advance"),
    "SUSPENSE": (Side.EITHER, "money whose owner is not known yet"),
    "CUST": (Side.CREDIT, "a customer's capital account"),
    "AR": (Side.DEBIT, "what a customer owes"),
    "REV": (Side.CREDIT, "revenue, per power type and sub-item"),
    "LEVY": (Side.CREDIT, "levies collected for others"),
    "VAT": (Side.CREDIT, "value added tax to be paid on"),
    "FEE": (Side.CREDIT, "fees earned"),
    "HOLD": (Side.CREDIT, "money that waits: for its credit to go out, or for a claim to end"),
    "PREF": (Side.DEBIT, "what preferential prices cost"),
    "CLAIM": (Side.DEBIT, "a bank reversed after the token was out: disputed"),
    "LOSS": (Side.DEBIT, "what the utility bears: claims conceded"),
    "REFUND_PAYABLE": (Side.CREDIT, "what is to be paid out to a customer whose supply has ended"),
    "REPRICED": (Side.CREDIT, "revenue kept of energy that was given back when it cost less than was paid"),
    "PRESET_ISSUED": (Side.CREDIT, "preset energy that meters came with, until a first purchase pays for it"),
    "OPENING": (Side.EITHER, "where a customer stood with the system that was there before"),
    "E.SOLD": (Side.CREDIT, "energy sold: the source of what is issued"),
    "E.FREE": (Side.CREDIT, "energy given free: the source of free tokens"),
    "E.UNSOLD": (Side.CREDIT, "energy that meters have, or have used, and nobody bought here"),
    "E.ISSUED": (Side.DEBIT, "energy on tokens and cards, not proven loaded"),
    "E.LOADED": (Side.DEBIT, "energy a meter is known to have taken"),
    "E.USED": (Side.DEBIT, "energy a meter has counted"),
    "E.VOID": (Side.DEBIT, "energy issued and taken back"),
}

#: What a customer owed before he was entered here, and what he is owed for later.
OPENING = "OPENING"
ARREARS = "ARREARS"
REPRICED = "REPRICED"
PRESET_ISSUED = "PRESET_ISSUED"
PRESET_OWED = "PRESET"
HELD_CREDIT = "HOLD:CREDIT"
HELD_CLAIM = "HOLD:CLAIM"
LOST_CLAIM = "LOSS:CLAIM"
VALUE_ADDED_TAX = "VAT"
PREFERENCE = "PREF"
ENERGY_SOLD = "E.SOLD"
ENERGY_FREE = "E.FREE"
ENERGY_ISSUED = "E.ISSUED"
ENERGY_LOADED = "E.LOADED"
ENERGY_USED = "E.USED"
ENERGY_UNSOLD = "E.UNSOLD"
ENERGY_VOID = "E.VOID"
#: What a meter had lent when it was taken out.
OVERDRAFT = "OVERDRAFT"


def is_hold(account: str) -> bool:
    """Does money wait on this account?"""
    return account.startswith("HOLD:")


def cash(station: str, login: str) -> str:
    """Name the account of the cash in an operator's drawer at a station."""
    return f"CASH:{station}:{login}"


def safe(station: str) -> str:
    """Name the account of the cash that has left the drawers of a station, and is kept there."""
    return f"SAFE:{station}"


def over_short(station: str, login: str) -> str:
    """Name the account of what an operator's drawer at a station held too little, or too much."""
    return f"OVER_SHORT:{station}:{login}"


def bank(code: str) -> str:
    """Name the clearing account of a bank that settles afterwards."""
    return f"BANK:{code}"


def bank_float(code: str) -> str:
    """Name the account of what a bank has covered in advance."""
    return f"FLOAT:{code}"


def claim(code: str) -> str:
    """Name the account of what is in dispute with a bank."""
    return f"CLAIM:{code}"


def customer(account_no: str) -> str:
    """Name a customer's capital account: what is left over of his payments."""
    return f"CUST:{account_no}"


def owed(account_no: str, kind: str) -> str:
    """Name the account of what a customer owes of one kind, such as ARREARS."""
    return f"AR:{account_no}:{kind}"


def refund_payable(account_no: str) -> str:
    """Name the account of what is to be paid out to a customer."""
    return f"REFUND_PAYABLE:{account_no}"


def customer_of(account: str) -> str:
    """Give the account number of the customer whose own account this is; empty where it is nobody's.

    >>> customer_of("CUST:2000000048"), customer_of("AR:2000000048:ARREARS"), customer_of("BANK:east")
    ('2000000048', '2000000048', '')
    """
    prefix, _, rest = account.partition(":")
    if prefix == "AR":
        return rest.rpartition(":")[0]
    return rest if prefix in {"CUST", "REFUND_PAYABLE"} else ""


def fee(kind: str) -> str:
    """Name the account of one kind of fee."""
    return f"FEE:{kind}"


def revenue(power_type: str, sub_item: str) -> str:
    """Name the revenue account of one sub-item of one power type."""
    return f"REV:{power_type}:{sub_item}"


def issued_under(sgc: str, krn: int) -> str:
    """Name the account of the energy issued under a vending key that may issue so much and no more."""
    return f"{ENERGY_ISSUED}:{sgc}.{krn}"


def is_issued(account: str) -> bool:
    """Is this energy on tokens and cards, under whatever key?"""
    return account == ENERGY_ISSUED or account.startswith(f"{ENERGY_ISSUED}:")


def went_out(account: str) -> bool:
    """Does energy that went out on tokens and cards stand here, seen in a meter by now or not?

    Together with what was seen and never sold, with its other sign, these accounts hold what went out.
    """
    return is_issued(account) or account in {ENERGY_LOADED, ENERGY_USED, ENERGY_UNSOLD}


def levy(item: str) -> str:
    """Name the account of a levy collected for somebody else."""
    return f"LEVY:{item}"
