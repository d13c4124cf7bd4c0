"""Sentences for people: a reason, and behind it what more there is to say."""

from __future__ import annotations


def with_detail(said: str, detail: str) -> str:
    """Say it, with the detail where there is one.

    >>> with_detail("the field is too long", "DE37"), with_detail("too late", "")
    ('the field is too long (DE37)', 'too late')
    """
    return f"{said} ({detail})" if detail else said
