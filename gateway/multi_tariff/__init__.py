"""The verbs of pricing."""
