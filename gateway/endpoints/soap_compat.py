"""spyne on the Pythons we run on: what it needs is laid ready, and its names are handed on from here.

spyne 2.14 (2022) is the newest there is. It brings a copy of six that Python from 3.12 on cannot import, and
it imports ``cgi``, which Python 3.13 no longer has. The real six, with the one function that the copy had
besides, stands in for the copy, under the copy's name and so for spyne alone; ``cgi`` is stood in for while
spyne is imported and not a moment longer. spyne's own server is never imported (it does not run on the
present Twisted), so ``twisted.python.constants``, which only that wants, is not made up again.

This and the contract are the only files that know spyne.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from types import ModuleType
from typing import Any, Final

import six

#: The parts of six that spyne asks for by their full names.
_MOVES: Final = (
    "moves", "moves.collections_abc", "moves.http_cookies", "moves.urllib", "moves.urllib.error",
    "moves.urllib.parse", "moves.urllib.request",
)  # fmt: skip


def _lay_six() -> None:
    copy = ModuleType("spyne.util.six")
    copy.__dict__.update({name: part for name, part in vars(six).items() if not name.startswith("__")})
    copy.__path__ = []
    copy.get_function_name = _function_name  # type: ignore[attr-defined]  # the module is made here
    sys.modules[copy.__name__] = copy
    for name in _MOVES:
        sys.modules[f"spyne.util.six.{name}"] = import_module(f"six.{name}")


def _function_name(function: Any) -> str:  # noqa: ANN401 - whatever spyne calls a function
    return str(function.__name__)


def _parse_header(line: str) -> tuple[str, dict[str, str]]:
    raise AssertionError(f"spyne reads no HTTP here, and yet {len(line)} characters of a header")


def _lay_cgi() -> ModuleType | None:
    """Stand in for cgi, whose import warns on 3.11 and 3.12; what was there before is given back."""
    before = sys.modules.get("cgi")
    stub = ModuleType("cgi")
    stub.parse_header = _parse_header  # type: ignore[attr-defined]  # the module is made here
    sys.modules["cgi"] = stub
    return before


_lay_six()
_cgi = _lay_cgi()
try:
    from spyne import (
        Boolean,
        ComplexModel,
        Date,
        DateTime,
        Decimal,
        Fault,
        ServiceBase,
        Unicode,
        UnsignedLong,
        rpc,
    )
    from spyne.application import Application
    from spyne.interface.wsdl import Wsdl11
    from spyne.protocol.soap import Soap11
    from spyne.util.appreg import unregister_application
finally:
    if _cgi is None:
        del sys.modules["cgi"]
    else:
        sys.modules["cgi"] = _cgi

# spyne writes values that it reads into its log, tokens among them. What it has to say it raises besides.
logging.getLogger("spyne").setLevel(logging.CRITICAL)

__all__ = [
    "Application",
    "Boolean",
    "ComplexModel",
    "Date",
    "DateTime",
    "Decimal",
    "Fault",
    "ServiceBase",
    "Soap11",
    "Unicode",
    "UnsignedLong",
    "Wsdl11",
    "rpc",
    "unregister_application",
]
