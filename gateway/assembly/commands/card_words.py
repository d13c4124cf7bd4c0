"""What a card holds, in lines for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault
from gateway.codecs.card.profile import Credit
from gateway.codecs.card.steps import Read, Refused, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.card.contents import Value
    from gateway.codecs.card.profile import Profile
    from gateway.codecs.card.steps import Outcome


def picture_lines(profile: Profile, outcome: Outcome) -> list[str]:
    """Say what was read; CommandFault with exit code 1 where the card could not be."""
    if isinstance(outcome, Refused | Unknown):
        raise CommandFault(f"the card cannot be read: {outcome.told.value} ({outcome.detail})", NO_SUCCESS)
    assert isinstance(outcome, Read), "nothing was written"  # noqa: S101 - of our own code
    picture = outcome.picture
    unit = "Wh" if profile.credit is Credit.ENERGY else "minor units"
    lines = [f"card        {picture.profile} {picture.serial}, keys of version {picture.opened.key_version}"]
    if picture.opened.tries_left is not None:
        lines.append(f"tries       {picture.opened.tries_left}")
    lines += _part("identity", picture.identity)
    if picture.wallet is None:
        lines.append("wallet      empty")
    else:
        lines.append(f"wallet      {picture.wallet.amount} {unit}, purchase {picture.wallet.count}")
    lines += _part("returned", None if picture.returned is None else picture.returned.values)
    lines += [f"garbled     {name}" for name in picture.garbled]
    return lines


def _part(title: str, values: Mapping[str, Value] | None) -> list[str]:
    if values is None:
        return [f"{title:12}empty"]
    said = [f"{name} {_plain(value)}" for name, value in values.items()]
    return [f"{title if place == 0 else '':12}{line}" for place, line in enumerate(said)]


def _plain(value: Value) -> str:
    return (", ".join(value) or "none") if isinstance(value, tuple) else str(value)
