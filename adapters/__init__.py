"""Plugs: the outside world behind ports."""
