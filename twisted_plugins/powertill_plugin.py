"""Tells ``twistd`` of ``powertill`` and ``powertill-station``: names only, listing plug-ins loads nothing."""

from twisted.application.service import ServiceMaker

powertill = ServiceMaker("Powertill", "gateway.tap", "Prepaid electricity vending gateway", "powertill")

station = ServiceMaker(
    "Powertill card station",
    "gateway.assembly.card_station_tap",
    "Sells prepaid electricity on IC cards at a counter",
    "powertill-station",
)
