"""IEC 62056-21 (IEC 1107 before): reading a meter by its optical head or a line, modes A to E, both ends."""
