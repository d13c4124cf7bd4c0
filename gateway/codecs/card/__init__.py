"""IC cards that carry credit to a meter: a kind of card is a table; bytes in, values and steps out."""
