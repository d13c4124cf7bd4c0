"""STS tokens (IEC 62055-41): block, cipher, keys, digits, and the seal that joins them."""
