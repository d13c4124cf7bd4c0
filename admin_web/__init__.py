"""The operator's door; its first inhabitant comes with the admin web."""
