"""Templates are made ready once for all languages, and not by whoever comes first."""

from jinja2.environment import Environment

from admin_web.render import environment, prepare_templates
from admin_web.words import LANGUAGES


def test_what_was_made_ready_is_compiled_no_more_in_any_language(monkeypatch):
    prepare_templates()
    for language in LANGUAGES:
        environment(language).cache.clear()

    def compiled(*_args, **_more):
        raise AssertionError("a template is compiled while somebody waits")

    monkeypatch.setattr(Environment, "_parse", compiled)
    monkeypatch.setattr(Environment, "compile", compiled)
    for language in LANGUAGES:
        made = environment(language)
        assert {made.get_template(name).name for name in made.list_templates()} == set(made.list_templates())
