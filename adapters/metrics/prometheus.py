"""The tally as Prometheus reads it: every measure of ``gateway.tally`` in a registry of its own."""

from __future__ import annotations

from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from gateway.tally import MEASURES, Kind, measure_of

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""What ``PrometheusTally.text`` is, for the header of an HTTP answer."""

SERIES_MAX: Final = 500
"""Sets of labels kept for one measure: 64 banks times a few outcomes fit. Whatever comes later is counted
under ``other``, since a label that a stranger chooses would otherwise fill the memory."""

OTHER: Final = "other"

_BUCKETS_S: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""From a healthy answer (a few ms) to the deadline after which a bank is told to ask again (20 s)."""

_Measured = TypeVar("_Measured", Counter, Gauge, Histogram)


class PrometheusTally:
    """A ``ports.Tally``. Safe to be used by several threads; two of them in one process do not meet.

    A name, kind or label that is not in the table raises ``tally.UnknownMeasure``.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=True)
        self._counts = _Series(Kind.COUNT, partial(Counter, registry=self._registry))
        self._levels = _Series(Kind.LEVEL, partial(Gauge, registry=self._registry))
        self._times = _Series(
            Kind.TIME, partial(Histogram, registry=self._registry, unit="seconds", buckets=_BUCKETS_S)
        )

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        """Add to a count."""
        self._counts.of(name, labels).inc(amount)

    def took(self, name: str, seconds: float, **labels: str) -> None:
        """Add to a histogram."""
        self._times.of(name, labels).observe(seconds)

    def level(self, name: str, value: float, **labels: str) -> None:
        """Set a level."""
        self._levels.of(name, labels).set(value)

    def text(self) -> bytes:
        """Write everything in Prometheus' text format (``CONTENT_TYPE``)."""
        return generate_latest(self._registry)


class _Series(Generic[_Measured]):
    """Every measure of one kind, and the series found before: a payment is counted a few times on its way."""

    def __init__(self, kind: Kind, make: Callable[[str, str, tuple[str, ...]], _Measured]) -> None:
        self._kind = kind
        self._whole: dict[str, _Measured] = {
            name: make(f"powertill_{name}", measure.means, measure.labels)
            for name, measure in MEASURES.items()
            if measure.kind is kind
        }
        self._found: dict[tuple[object, ...], _Measured] = {}
        self._sizes: dict[str, int] = dict.fromkeys(self._whole, 0)
        self._lock = Lock()

    def of(self, name: str, labels: dict[str, str]) -> _Measured:
        """Give the series of these labels, or the one of ``other`` beyond the limit."""
        key = (name, *labels.items())
        found = self._found.get(key)
        if found is not None:
            return found
        measure = measure_of(name, self._kind, labels)
        whole = self._whole[name]
        if not measure.labels:
            return whole
        with self._lock:
            if self._sizes[name] >= SERIES_MAX:
                return _labelled(whole, dict.fromkeys(labels, OTHER))
            self._sizes[name] += key not in self._found
            return self._found.setdefault(key, _labelled(whole, labels))


def _labelled(whole: _Measured, labels: dict[str, str]) -> _Measured:
    series: _Measured = whole.labels(**labels)  # the library says Any
    return series
