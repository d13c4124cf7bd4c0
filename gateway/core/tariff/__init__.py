"""Tariffs: read (``reader``), compiled (``plan``), and asked for a price (``version.Tariff``)."""

from gateway.core.tariff.field import NotBuilt, TariffFault
from gateway.core.tariff.version import Tariff, shared_by

__all__ = ["NotBuilt", "Tariff", "TariffFault", "shared_by"]
