"""The verbs of reading meters; its first inhabitant comes with remote reading."""
