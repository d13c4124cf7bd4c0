"""Groups of meters that are read together: the list, and the form of one with how many meters it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.answers import NotThere
from admin_web.cells import Code, Said
from admin_web.fields import Field
from admin_web.figure_filters import meter_number as meter_typed
from admin_web.file_forms import VERSION, Filed, faulted, file_act, filed, version_in
from admin_web.file_words import meter_number
from admin_web.forms import Form
from admin_web.line_words import GROUP_KINDS
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Gathered
from admin_web.network_fields import network_of, place_name
from admin_web.object_page import Fact
from admin_web.pages.ways import models
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.meter_number import MeterNumberFaultWhy
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.person import PERSON_MAX
from gateway.core.reading_plan import LISTED_MAX, GroupKind, MeterGroup
from gateway.core.views_staff import Branches
from gateway.core.views_ways import GroupReaches, Groups
from gateway.metering.keep_group import KeepMeterGroup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.forms import Filled
    from admin_web.listing import Chosen

#: Groups are the whole utility's: who belongs to a branch does not keep them.
SEES: Final = Right(Function.LINES, of_all=True)
DOES: Final = Right(Function.LINES, Level.DO, of_all=True)

_KEPT: Final = msg("The group is kept.")

#: Which field says of what a group is, by its kind.
_FIELD_OF: Final = {
    GroupKind.BRANCH: "branch",
    GroupKind.PLACE: "place",
    GroupKind.MODEL: "model",
    GroupKind.LIST: "meters",
}
_CODE: Final = Field(
    "code",
    msg("Code"),
    hint=msg("Small letters, digits and dashes, such as north-2. It stays for ever."),
    length_max=32,
)
_NAME: Final = Field("name", msg("Name"), length_max=PERSON_MAX)
_KIND: Final = Field(
    "kind",
    msg("Which meters"),
    "choice",
    hint=msg("Only meters that hang somewhere and have a way are called. Fill in the one field that fits."),
    choices=tuple((one.value, said) for one, said in GROUP_KINDS.items()),
)
_METERS: Final = Field(
    "meters",
    msg("Meters one by one"),
    "area",
    hint=msg("Their numbers with spaces or commas between; up to 1000."),
    is_required=False,
    # The long form of each, and a space.
    length_max=LISTED_MAX * 19,
)


# -- the list --------------------------------------------------------------------------------------------


def group_path(code: str) -> str:
    """Name the page of a group."""
    return f"/lines/groups/{quote(code, safe='')}"


def _of(row: MeterGroup) -> Cell:
    if row.kind is GroupKind.LIST:
        return len(row.of.split())
    return Code(row.of) if row.of else None


def _any(_row: MeterGroup, _chosen: Chosen) -> bool:
    return True


async def groups(asked: Asked) -> Outcome:
    """Show them."""
    rows = await asked.office.views.rows(Groups())
    listing = Listing[MeterGroup](
        name="meter-groups",
        caption=msg("Groups of meters"),
        empty=msg("There is no group yet. Make one, then a schedule that reads it."),
        columns=(
            Column("code", msg("Code"), lambda row: Code(row.code), is_sortable=True),
            Column("name", msg("Name"), lambda row: row.name, is_sortable=True),
            Column("kind", msg("Which meters"), lambda row: Said(GROUP_KINDS[row.kind]), is_sortable=True),
            Column("of", msg("Of"), _of),
        ),
        source=Gathered(rows, _any),
        order=Order("code"),
        href=lambda row: group_path(row.code),
    )
    may = DOES.opens(asked.me.rights)
    deeds = (("/lines/groups/new", msg("New group of meters")),) if may else ()
    return await list_page(asked, listing, "list_with_deeds.html", deeds=deeds)


async def known_groups(asked: Asked) -> dict[str, MeterGroup]:
    """Give all groups by their codes."""
    return {one.code: one for one in await asked.office.views.rows(Groups())}


# -- its form --------------------------------------------------------------------------------------------


async def _form(asked: Asked, before: MeterGroup | None) -> Form:
    branches = [(one.code, one.name) for one in await asked.office.views.rows(Branches())]
    network = await network_of(asked)
    places = sorted(network.values(), key=lambda one: one.name)
    chosen = (
        _choice("branch", msg("Branch"), branches),
        _choice("place", msg("Place of the network"), [(one.code, place_name(one)) for one in places]),
        _choice("model", msg("Model of meter"), models()),
    )
    fields = (_NAME, _KIND, *(one for one in chosen if one.choices), _METERS, VERSION)
    if before is None:
        return Form(msg("New group of meters"), msg("Keep it"), (_CODE, *fields))
    return Form(msg("Change the group"), msg("Keep it"), fields)


def _choice(name: str, label: str, choices: Sequence[tuple[str, str]]) -> Field:
    return Field(name, label, "choice", is_required=False, choices=tuple(choices))


async def ask_new(asked: Asked) -> Outcome:
    """Show the form of a new group."""
    filled = (await _form(asked, None)).blank(asked, kind=GroupKind.ALL.value, version="0")
    return _page(filled)


async def send_new(asked: Asked) -> Outcome:
    """Keep it."""
    filled = (await _form(asked, None)).read(asked)
    code = filled.optional("code", str) or ""
    done = await _kept(filled, code, 0)
    return done.onward or _page(done.filled)


async def ask(asked: Asked) -> Outcome:
    """Show the form of a group, with how many meters it has now."""
    before = await _group(asked)
    written = {"name": before.name, "kind": before.kind.value, "version": str(before.version)}
    if before.kind is GroupKind.LIST:
        written["meters"] = " ".join(meter_number(pan).text for pan in before.of.split())
    elif before.of:
        written[_FIELD_OF[before.kind]] = before.of
    return _page((await _form(asked, before)).blank(asked, **written), await _facts(asked, before))


async def send(asked: Asked) -> Outcome:
    """Keep what was changed."""
    before = await _group(asked)
    filled = (await _form(asked, before)).read(asked)
    done = await _kept(filled, before.code, version_in(filled))
    return done.onward or _page(done.filled, await _facts(asked, before))


async def _group(asked: Asked) -> MeterGroup:
    found = (await known_groups(asked)).get(asked.places["code"])
    if found is None:
        raise NotThere
    return found


async def _facts(asked: Asked, group: MeterGroup) -> tuple[Fact, ...]:
    count = await asked.office.views.count(GroupReaches(code=group.code))
    return (Fact(msg("Code"), Code(group.code)), Fact(msg("Meters that are called"), count))


async def _kept(filled: Filled, code: str, version: int) -> Filed:
    filled, of = _of_what(filled)
    if not filled.is_sound:
        return Filed(filled)
    kind = GroupKind(filled.value("kind", str))
    group = MeterGroup(code, filled.value("name", str), kind, of, version)
    order = KeepMeterGroup(filled.asked.me.login, filled.nonce, group)
    done = await filed(
        filled, file_act(Function.LINES, code), order, path=lambda _: "/lines/groups", said=_KEPT
    )
    name = "" if done.refusal is None else _field_of(done.refusal, kind)
    if done.refusal is None or not filled.has(name):
        return done
    detail = ", ".join(meter_number(pan).text for pan in done.refusal.detail.split(", ") if pan)
    sentence = filled.asked.words.say(done.refusal.reason.value)
    is_meters = done.refusal.reason is OfficeRefusal.NO_WAY
    return Filed(filled.refused(f"{sentence} ({detail})" if is_meters else sentence, name))


def _field_of(refusal: NotDone, kind: GroupKind) -> str:
    of_it: Mapping[OfficeRefusal, str] = {
        OfficeRefusal.BAD_GROUP: _FIELD_OF.get(kind, "kind"),
        OfficeRefusal.NO_WAY: "meters",
        OfficeRefusal.UNKNOWN_BRANCH: "branch",
        OfficeRefusal.UNKNOWN_PLACE: "place",
        OfficeRefusal.UNKNOWN_MODEL: "model",
    }
    return of_it.get(refusal.reason, "")


def _of_what(filled: Filled) -> tuple[Filled, str]:
    """Read of what the group is; beside the field stands what is missing or no number."""
    written = filled.optional("kind", str)
    name = "" if written is None else _FIELD_OF.get(GroupKind(written), "")
    if not name or not filled.has(name):
        return filled, ""
    said = filled.optional(name, str) or ""
    if not said:
        return faulted(filled, name, msg("Fill this in.")), ""
    if name != "meters":
        return filled, said
    pans: dict[str, None] = {}
    for number in said.replace(",", " ").split():
        pan, fault = meter_typed(number)
        if pan is None or fault is not None:
            why = MeterNumberFaultWhy.DIGITS.value if fault is None else fault
            return faulted(filled, name, f"{number}: {filled.asked.words.say(why)}"), ""
        pans[pan] = None
    return filled, " ".join(pans)


def _page(filled: Filled, facts: tuple[Fact, ...] = ()) -> Page:
    crumbs = ((filled.asked.words.say(msg("Groups of meters")), "/lines/groups"),)
    return filled.page("step_form.html", crumbs=crumbs, back="/lines/groups", facts=facts)


ROUTES: Final = (
    Route("GET", "/lines/groups", SEES, groups),
    Route("GET", "/lines/groups/new", DOES, ask_new),
    Route("POST", "/lines/groups/new", DOES, send_new),
    Route("GET", "/lines/groups/<code>", DOES, ask),
    Route("POST", "/lines/groups/<code>", DOES, send),
)
MENU: Final = (MenuItem(Function.LINES, msg("Groups of meters"), "/lines/groups", of_all=True),)
