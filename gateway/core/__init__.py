"""Nouns: pure values of the trade."""
