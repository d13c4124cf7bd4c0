"""No page is left unseen: the table of pages and the lines of those that are looked at agree."""

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
        "/account/sessions", "/language", "/sign-out", "/search", "/print",
        "/meters/<pan>/orders/<reference>/approve",
        "/keys/<sgc>/<krn>/approve", "/tariffs/<type>/<version>/approve", "/stock/<pan>/scrap",
        "/sales/<id>/give-back", "/operators/<login>/change", "/operators/<login>/leave",
        "/operators/<login>/back", "/operators/<login>/authenticator", "/operators/<login>/sessions",
        "/branches/<code>", "/stations/<code>", "/roles/<code>", "/roles/standard/add",
        "/shifts/<number>/close",
    }  # fmt: skip
    posts = {route.path for route in ROUTES if route.method == "POST"}
    assert posts - answered - same_form == set()
    assert same_form - (posts - answered) == set()
