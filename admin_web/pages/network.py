"""The network's dictionary: areas, feeders and transformers, as a list and by a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.answers import NotThere
from admin_web.cells import Code, Said
from admin_web.fields import Field
from admin_web.file_forms import VERSION, faulted, file_act, filed, version_in
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.forms import Form
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Gathered
from admin_web.network_fields import network_of, place_name
from admin_web.point_words import NETWORK_KINDS, PLACE_STATES
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.network import ABOVE, NetworkKind, NetworkPlace
from gateway.core.person import PERSON_MAX
from gateway.core.views_files import TEXT_MAX
from gateway.prepayment.keep_network import KeepNetworkPlace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from admin_web.listing import Chosen

#: The network is the whole utility's: who belongs to a branch does not keep it.
_KEEPS: Final = Right(Function.DICTIONARY, Level.DO, of_all=True)

_KINDS: Final = tuple((one.value, said) for one, said in NETWORK_KINDS.items())

_CODE: Final = Field(
    "code",
    msg("Code"),
    hint=msg("Small letters, digits and dashes, such as north-2. It stays for ever."),
    length_max=32,
)
_NAME: Final = Field("name", msg("Name"), length_max=PERSON_MAX)
_STATE: Final = Field(
    "state",
    msg("State"),
    "choice",
    hint=msg("What is used no more is not offered for supply points; those that have it keep it."),
    choices=tuple((value, said.sentence) for value, said in PLACE_STATES.items()),
)

NOT_OF_KIND: Final = msg("A feeder belongs to an area, a transformer to a feeder, an area to nothing.")


# -- the list --------------------------------------------------------------------------------------------


def _listing(network: Mapping[str, NetworkPlace]) -> Listing[NetworkPlace]:
    def is_wanted(row: NetworkPlace, chosen: Chosen) -> bool:
        text, kind, state = chosen.text("text"), chosen.text("kind"), chosen.text("state")
        return (
            (text is None or text.casefold() in f"{row.code} {row.name} {row.parent}".casefold())
            and kind in {None, row.kind.value}
            and (state is None or row.is_used is (state == "used"))
        )

    def above(row: NetworkPlace) -> str | None:
        parent = network.get(row.parent)
        return (row.parent or None) if parent is None else place_name(parent)

    return Listing[NetworkPlace](
        name="network",
        caption=msg("Network"),
        empty=msg(
            "There is no such place in the network. Areas come first, then feeders, then transformers."
        ),
        columns=(
            Column("code", msg("Code"), lambda row: Code(row.code), is_sortable=True),
            Column("kind", msg("Kind"), lambda row: Said(NETWORK_KINDS[row.kind]), is_sortable=True),
            Column("name", msg("Name"), lambda row: row.name, is_sortable=True),
            Column("parent", msg("Belongs to"), above, is_sortable=True),
            Column("state", msg("State"), lambda row: PLACE_STATES[_state_of(row)]),
        ),
        filters=(
            TextFilter("text", msg("Code, name, what it belongs to"), TEXT_MAX),
            ChoiceFilter("kind", msg("Kind"), _KINDS),
            ChoiceFilter("state", msg("State"), tuple(_STATE.choices)),
        ),
        source=Gathered(list(network.values()), is_wanted),
        order=Order("code"),
        href=lambda row: f"/network/{quote(row.code, safe='')}",
    )


def _state_of(place: NetworkPlace) -> str:
    return "used" if place.is_used else "unused"


async def network(asked: Asked) -> Outcome:
    """Show the dictionary."""
    deeds = (("/network/new", msg("New place in the network")),)
    return await list_page(asked, _listing(await network_of(asked)), "list_with_deeds.html", deeds=deeds)


# -- its form --------------------------------------------------------------------------------------------


def _parent_field(found: Mapping[str, NetworkPlace], kind: NetworkKind | None, kept: str = "") -> Field:
    """Ask what it belongs to: one of the kind above; of any kind where its own is still to be chosen."""
    above = [one for one in NetworkKind if one in set(ABOVE.values())] if kind is None else [ABOVE[kind]]
    offered = [one for one in found.values() if one.kind in above and (one.is_used or one.code == kept)]
    choices = tuple((one.code, place_name(one)) for one in sorted(offered, key=lambda one: one.name))
    return Field(
        "parent",
        msg("Belongs to"),
        "choice",
        hint=msg("The area of a feeder, the feeder of a transformer; an area belongs to nothing."),
        is_required=False,
        choices=choices,
    )


def _new_form(found: Mapping[str, NetworkPlace]) -> Form:
    kind = Field("kind", msg("Kind"), "choice", choices=_KINDS)
    fields = (kind, _CODE, _NAME, _parent_field(found, None))
    return Form(msg("New place in the network"), msg("Enter it"), fields)


async def ask_new_place(asked: Asked) -> Outcome:
    """Show the form of a new place."""
    found = await network_of(asked)
    kind = "" if found else NetworkKind.AREA.value
    return _new_form(found).blank(asked, kind=kind).page(**_around(asked))


async def enter_place(asked: Asked) -> Outcome:
    """Enter it."""
    found = await network_of(asked)
    filled = _new_form(found).read(asked)
    kind, parent = filled.optional("kind", str), filled.optional("parent", str) or ""
    if kind is not None:
        filled = _parent_checked(filled, found, NetworkKind(kind), parent)
    if not filled.is_sound:
        return filled.page(**_around(asked))
    code, name = filled.value("code", str), filled.value("name", str)
    place = NetworkPlace(code, NetworkKind(filled.value("kind", str)), name, parent, version=0)
    return await _kept(filled, place)


def _parent_checked(
    filled: Filled, found: Mapping[str, NetworkPlace], kind: NetworkKind, parent: str
) -> Filled:
    above = ABOVE[kind]
    stands = found.get(parent)
    is_right = not parent if above is None else stands is not None and stands.kind is above
    return filled if is_right else faulted(filled, "parent", NOT_OF_KIND)


async def ask_place(asked: Asked) -> Outcome:
    """Show the form of a place that is there."""
    found = await network_of(asked)
    place = _place(asked, found)
    filled = _form_of(asked, found, place).blank(
        asked, name=place.name, parent=place.parent, state=_state_of(place), version=str(place.version)
    )
    return filled.page(**_around(asked))


def _place(asked: Asked, found: Mapping[str, NetworkPlace]) -> NetworkPlace:
    place = found.get(asked.places["code"])
    if place is None:
        raise NotThere
    return place


def _form_of(asked: Asked, found: Mapping[str, NetworkPlace], place: NetworkPlace) -> Form:
    parent = () if ABOVE[place.kind] is None else (_parent_field(found, place.kind, place.parent),)
    lead = f"{asked.words.say(NETWORK_KINDS[place.kind])} {place.code}"
    fields = (_NAME, *parent, _STATE, VERSION)
    return Form(msg("Change the place in the network"), msg("Keep the change"), fields, lead=lead)


async def change_place(asked: Asked) -> Outcome:
    """Keep what was changed."""
    found = await network_of(asked)
    place = _place(asked, found)
    filled = _form_of(asked, found, place).read(asked)
    parent = (filled.optional("parent", str) or "") if filled.has("parent") else place.parent
    if filled.has("parent"):
        filled = _parent_checked(filled, found, place.kind, parent)
    if not filled.is_sound:
        return filled.page(**_around(asked))
    is_used = filled.value("state", str) == "used"
    after = NetworkPlace(
        place.code, place.kind, filled.value("name", str), parent, is_used, version_in(filled)
    )
    return await _kept(filled, after)


async def _kept(filled: Filled, place: NetworkPlace) -> Outcome:
    asked = filled.asked
    order = KeepNetworkPlace(asked.me.login, filled.nonce, place)
    act = file_act(Function.DICTIONARY, place.code)
    done = await filed(filled, act, order, path=lambda _: "/network", said=msg("The dictionary is kept."))
    return done.onward or done.filled.page(**_around(asked))


def _around(asked: Asked) -> dict[str, object]:
    return {"crumbs": ((asked.words.say(msg("Network")), "/network"),), "back": "/network"}


ROUTES: Final = (
    Route("GET", "/network", _KEEPS, network),
    Route("GET", "/network/new", _KEEPS, ask_new_place),
    Route("POST", "/network/new", _KEEPS, enter_place),
    Route("GET", "/network/<code>", _KEEPS, ask_place),
    Route("POST", "/network/<code>", _KEEPS, change_place),
)
MENU: Final = (MenuItem(Function.DICTIONARY, msg("Network"), "/network", of_all=True),)
