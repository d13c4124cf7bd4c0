"""What lets the gateway into meters: passwords and keys from the operator's folder, by meter or by model.

    600727070000000019.password    of this meter; else
    dlt645-2007.password           of all meters of the model; else the model's usual one
    600727070000000019.keys        the meter's keys (DLMS), with its counter: each meter has its own

Files have mode 0600. A file of keys is for one conversation at a time: its counter is never used twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.lines.talk import Wanted
from gateway.assembly.meter_key_file import KeyFile
from gateway.codecs.meter_model.fault import ModelFault
from gateway.codecs.meter_model.model import MODELS, MeterProtocol, model_named, model_of
from gateway.core.contact import ContactFault, ContactWhy
from gateway.secret import SecretFileFault, read_secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from gateway.codecs.meter_model.model import MeterModel
    from gateway.core.meter_way import MeterWay

_BY_ADDRESS: Final = frozenset({MeterProtocol.DLT645_2007, MeterProtocol.DLT645_1997})
_KEYED: Final = "gmac"


class MeterAccess:
    """Opens the folder's files as they are needed; ``now`` is the time of day in the meters' zone."""

    def __init__(self, folder: Path | None, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now
        self._models: dict[str, MeterModel] = {}

    def model(self, name: str) -> MeterModel:
        """Give a model of the product, or a table ``NAME.json`` of the folder; ``ModelFault``."""
        known = self._models.get(name)
        if known is None:
            known = self._models[name] = model_named(name) if name in MODELS else self._own(name)
        return known

    def wanted(self, way: MeterWay) -> Wanted:
        """Say who is meant and what lets us in; ``ContactFault`` where that cannot be had.

        The keys are the conversation's own until it has ended (``release``).
        """
        try:
            model = self.model(way.model)
        except ModelFault as fault:
            raise ContactFault(ContactWhy.REFUSED, str(fault)) from None
        is_addressed = model.protocol in _BY_ADDRESS
        return Wanted(
            model,
            way.address if is_addressed or (way.bus and model.protocol is MeterProtocol.IEC62056_21) else "",
            self._now,
            number="" if is_addressed else way.address,
            password=self._password(way),
            keys=self._keys(way) if model.proof == _KEYED else None,
        )

    def _own(self, name: str) -> MeterModel:
        file = None if self._folder is None else self._folder / f"{name}.json"
        if file is None or not file.is_file():
            return model_named(name)  # says which there are
        try:
            return model_of(file.read_text(encoding="utf-8"))
        except OSError as fault:
            raise ModelFault(f"{file} cannot be read: {fault.strerror}") from None
        except UnicodeDecodeError:
            raise ModelFault(f"{file} is no UTF-8") from None

    def _password(self, way: MeterWay) -> str:
        file = self._file(f"{way.pan}.password") or self._file(f"{way.model}.password")
        if file is None:
            return ""
        try:
            return read_secret(file).reveal().decode("ascii")
        except SecretFileFault as fault:
            raise ContactFault(ContactWhy.AUTH, str(fault)) from None
        except UnicodeDecodeError:
            said = f"{file.name} holds no plain letters and digits; cure: write the password as it is typed"
            raise ContactFault(ContactWhy.AUTH, said) from None

    def _keys(self, way: MeterWay) -> KeyFile | None:
        file = self._file(f"{way.pan}.keys")
        return None if file is None else KeyFile(file)

    def _file(self, name: str) -> Path | None:
        file = None if self._folder is None else self._folder / name
        return file if file is not None and file.is_file() else None
