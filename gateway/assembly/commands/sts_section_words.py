"""What a section of a key change brings, in words and in fields; never the part of the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.sts.key_section import (
    FirstSection,
    FourthSection,
    SecondSection,
    SgcSection,
    ThirdSection,
)

if TYPE_CHECKING:
    from gateway.codecs.sts.key_section import KeySection

PLACES: Final = {
    FirstSection: "first",
    SecondSection: "second",
    ThirdSection: "third",
    SgcSection: "third",
    FourthSection: "fourth",
}
_PART: Final = "Key part    not shown: it is a part of the new key"


def section_fields(section: KeySection) -> dict[str, object]:
    """Return what a section brings, for a program."""
    match section:
        case FirstSection():
            numbers = {"ken_high": section.ken_high, "krn": section.krn, "kt": section.kt}
            return {**numbers, "ro": section.is_rolled, "three_kct": section.says_sgc}
        case SecondSection():
            return {"ken_low": section.ken_low, "ti": f"{section.ti:02d}"}
        case ThirdSection():
            return {"sgc_low": section.sgc_low}
        case FourthSection():
            return {"sgc_high": section.sgc_high}
        case SgcSection():
            return {"sgc": f"{section.sgc:06d}"}


def section_lines(content: KeySection) -> list[str]:
    """Say what a section brings beside its part of the key."""
    match content:
        case FirstSection():
            lines = [f"New key     revision {content.krn}, type {content.kt}"]
            lines.append(f"Expiry      upper half of the new KEN: {content.ken_high}")
            lines.append(f"Token ids   {'are forgotten' if content.is_rolled else 'are kept'} (RO)")
            lines += ["Set         a third section brings the supply group"] if content.says_sgc else []
            return [*lines, _PART]
        case SecondSection():
            return [
                f"New tariff  index {content.ti:02d}",
                f"Expiry      lower half of the new KEN: {content.ken_low}",
                _PART,
            ]
        case ThirdSection():
            return [f"New SGC     its lower 12 bits: {content.sgc_low}", _PART]
        case FourthSection():
            return [f"New SGC     its upper 12 bits: {content.sgc_high}", _PART]
        case SgcSection():
            return [f"New SGC     {content.sgc:06d}"]
