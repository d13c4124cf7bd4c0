"""The office's files: a customer, and a meter as it is entered for him."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.core.meter import Carrier, MeterState
    from gateway.core.token import StsIdentity


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys: his account number, name and address."""

    account_no: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class MeterFile:
    """A meter as it is entered: whose it is, what its tokens are made for, how it takes credit.

    A test meter may get tokens made with sample keys and tables; a live one never.
    """

    account_no: str
    identity: StsIdentity
    state: MeterState
    carrier: Carrier
    power_type: str
    is_test: bool
