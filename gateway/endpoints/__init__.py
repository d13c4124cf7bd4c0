"""Doors: they translate and call a verb."""
