"""Tells ``twistd`` that there is a ``powertill`` command: names only, listing plug-ins loads nothing."""

from twisted.application.service import ServiceMaker

powertill = ServiceMaker("Powertill", "gateway.tap", "Prepaid electricity vending gateway", "powertill")
