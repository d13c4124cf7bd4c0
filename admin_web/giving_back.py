"""Who may ask for a payment to be given back, and where it was asked for already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admin_web.asked_under import requests_under
from gateway.core.approval import ApprovalState
from gateway.core.authority import Function, Level
from gateway.core.payment import reversal_key
from gateway.core.sale import SaleState
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from admin_web.asked import Asked
    from gateway.core.views_sales import SoldSale


async def may_give_back(asked: Asked, sale: SoldSale) -> bool:
    """May the visitor ask for it: does the credit wait, has she the right, has nobody asked before?"""
    if sale.state is not SaleState.WAITING or not asked.me.rights.may(Function.REVERSALS, Level.DO):
        return False
    now_us = microseconds(asked.office.now())
    # Closing an exception so that the money goes back has the same key: the money is moved once.
    requests = await requests_under(asked, reversal_key(sale.key))
    return not any(one.state is ApprovalState.ASKED and not one.is_over(now_us) for one in requests)
