"""A frozen dataclass that is built as fast as one that is not.

The ``__init__`` that ``dataclass(frozen=True)`` writes has to go past the class's own refusal to be changed,
by calling ``object.__setattr__`` for each field: two microseconds for a sale, and a payment makes some forty
values. Here a value is a member of another class while it is filled, with the same slots and without the
refusal, and becomes one of its own class before anybody sees it. From then on it is as frozen as any.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from dataclasses import Field

_Value = TypeVar("_Value")

#: Puts an object into another class, past the refusal of the class that it is in.
_set_class = object.__dict__["__class__"].__set__


class _Absent:
    """Stands for an argument that was not given, where a default is made anew for each value."""

    def __repr__(self) -> str:
        return "<made anew>"


def quickly_built(cls: type[_Value]) -> type[_Value]:
    """Replace the ``__init__`` of a frozen dataclass with slots; it takes and checks the same as before.

    A class that inherits from it must be a dataclass again, with an ``__init__`` of its own.
    """
    known = [field for field in fields(cls) if field.init]  # type: ignore[arg-type]  # a dataclass, see above
    assert len(known) == len(fields(cls)), "every field is an argument"  # type: ignore[arg-type]  # noqa: S101
    slots = {"__slots__": tuple(field.name for field in known)}
    around: dict[str, Any] = {
        "_set_class": _set_class, "_cls": cls, "_open": type(cls.__name__, (), slots), "_absent": _Absent(),
    }  # fmt: skip
    arguments = ", ".join(["self", *(_argument(field, around) for field in known)])
    lines = [f"def __init__({arguments}):", " _set_class(self, _open)"]
    lines += [_filled(field) for field in known]
    lines += [" self.__class__ = _cls"]
    lines += [" self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    exec("\n".join(lines), around)  # noqa: S102 - as dataclasses writes it; names of our own fields only
    built = around["__init__"]
    built.__qualname__, built.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    built.__annotations__ = cls.__init__.__annotations__
    cls.__init__ = built  # type: ignore[method-assign]  # on purpose
    return cls


def _argument(field: Field[Any], around: dict[str, Any]) -> str:
    if field.default_factory is not MISSING:
        around[f"_make_{field.name}"] = field.default_factory
        return f"{field.name}=_absent"
    if field.default is not MISSING:
        around[f"_default_{field.name}"] = field.default
        return f"{field.name}=_default_{field.name}"
    return field.name


def _filled(field: Field[Any]) -> str:
    if field.default_factory is MISSING:
        return f" self.{field.name} = {field.name}"
    return f" self.{field.name} = _make_{field.name}() if {field.name} is _absent else {field.name}"
