"""No page is left unseen: the table of pages and the lines of those that are looked at agree."""

import inspect
import re
from urllib.parse import urlsplit

import pytest

from admin_web.all_pages import ROUTES
from tests.web.looked_at import ANSWERS, PAGES


def matched(path, method="GET"):
    """The route that is asked at a path: where two fit, the one with fewer places."""
    fitting = [
        route
        for route in ROUTES
        if route.method == method and re.fullmatch(_pattern(route.path), urlsplit(path).path)
    ]
    return min(fitting, key=lambda route: route.path.count("<"), default=None)


def _pattern(path):
    return re.sub(r"<[^>]*>", "[^/]+", re.sub(r"<path:[^>]*>", ".+", path))


def pages():
    """The routes that make whole pages: what a page asks by itself is looked at within it."""
    return [route for route in ROUTES if route.method == "GET" and not route.is_by_itself]


@pytest.mark.parametrize("route", pages(), ids=lambda route: route.path)
def test_each_page_is_looked_at(route):
    at = [one for one in PAGES if one.status == 200 and (one.of == route.path or matched(one.path) is route)]
    assert at, f"nobody looks at {route.path}: a line in tests/web/looked_at.py"


def test_what_is_looked_at_has_names_of_its_own():
    names = [one.name for one in PAGES]
    assert sorted(names) == sorted(set(names))


def test_each_form_that_can_be_refused_is_looked_at_as_refused_or_previewed():
    answered = {one.of or matched(one.path, "POST").path for one in ANSWERS}
    same_form = {  # a reason and nothing else, or the form of another line
        "/account/sessions", "/language", "/sign-out", "/search", "/print", "/readings/route",
        "/meters/<pan>/orders/<reference>/approve",
        "/keys/<sgc>/<krn>/approve", "/tariffs/<type>/<version>/approve", "/stock/<pan>/scrap",
        "/operators/<login>/change", "/operators/<login>/leave",
        "/operators/<login>/back", "/operators/<login>/authenticator", "/operators/<login>/sessions",
        "/branches/<code>", "/network/<code>", "/lines/groups/<code>", "/lines/schedules/<code>",
        "/stations/<code>", "/roles/standard/add",
        "/sold/<receipt>/give", "/departures/<id>/give", "/sales/<id>/again",
        # A button and nothing to fill in; one leads to the invoice's page, the other to a paper.
        "/sales/<id>/invoice", "/invoices/<series>/<number>/paper",
        "/lines/ways/<pan>/test",
    }  # fmt: skip
    posts = {route.path for route in ROUTES if route.method == "POST"}
    assert posts - answered - same_form == set()
    assert same_form - (posts - answered) == set()


def previewing():
    """The routes of forms that are read back before they are sent: what they run says so."""
    return [route.path for route in ROUTES if route.method == "POST" and _previews(route.page)]


def _previews(page):
    """Does it make a preview, itself or by a function of its file?"""
    own = inspect.getmodule(page)
    called = [getattr(own, name, None) for name in page.__code__.co_names]
    within = [one for one in called if inspect.isfunction(one) and inspect.getmodule(one) is own]
    return any("preview" in name for one in (page, *within) for name in one.__code__.co_names)


#: A new role is read back on the page on which a change of one is.
SAME_PREVIEW = {"/roles/new"}


@pytest.mark.parametrize("path", [path for path in previewing() if path not in SAME_PREVIEW])
def test_each_preview_is_looked_at(path):
    at = [one for one in ANSWERS if one.status == 200 and (one.of or matched(one.path, "POST").path) == path]
    assert at, f"nobody looks at the preview of {path}: a line in tests/web/looked_at.py"


def test_the_previews_are_found():
    assert {"/stock/delivery", "/roles/<code>", "/sales/<id>/give-back"} | SAME_PREVIEW <= set(previewing())
