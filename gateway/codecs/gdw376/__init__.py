"""Q/GDW 376.1 (1376.1): the wire of concentrators, both ends of it, and what they carry to meters."""
