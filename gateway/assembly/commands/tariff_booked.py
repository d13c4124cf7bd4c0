"""The receipt of a booked sale, for a command that explains or compares it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.assembly.commands.open_books import config_of, open_sold
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, harmless
from gateway.core.payment import payment_key
from gateway.core.tariff import Tariff, TariffFault
from gateway.multi_tariff.explain_sale import CannotExplain, receipt_of_sale

if TYPE_CHECKING:
    import argparse

    from gateway.multi_tariff.explanation import Receipt


def booked_receipt(arguments: argparse.Namespace, reference: str) -> Receipt:
    """Read a sale by the bank's reference (or its whole key) and work it out again."""
    config = config_of(arguments)
    with open_sold(config) as reader:
        sold = reader.sold([*(payment_key(bank.code, reference) for bank in config.banks), reference])
        stored = reader.tariffs()
    shown = harmless(reference)[:80]
    if sold is None:
        cure = "cure: write the bank's reference with its date"
        raise CommandFault(f"{shown} is no sale of these books; {cure}", NO_SUCCESS)
    try:
        versions = [
            (one.power_type, one.from_moment, Tariff.from_mapping(one.body, one.version)) for one in stored
        ]
        return receipt_of_sale(sold, versions)
    except TariffFault as fault:
        raise CommandFault(f"a tariff version of these books cannot be read: {fault}", NO_SUCCESS) from None
    except CannotExplain as fault:
        raise CommandFault(f"{shown} cannot be explained: {fault}", NO_SUCCESS) from None
