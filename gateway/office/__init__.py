"""Verbs of the office: who may, who has, who stands behind it."""
