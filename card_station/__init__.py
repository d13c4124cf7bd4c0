"""The counter PC; its first inhabitant comes with the card station."""
