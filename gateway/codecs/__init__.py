"""Wires: formats of the outside, bytes in and values out."""
