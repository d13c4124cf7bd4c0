"""Modems of V.250: the side that dials and the modem itself, sans-I/O."""
