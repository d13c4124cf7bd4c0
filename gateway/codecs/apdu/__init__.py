"""APDU: what is said to a card in a reader (ISO/IEC 7816-3 and -4), short lengths; bytes in, values out."""
