"""ISO 8583: what banks say, read and written by a table per bank; bytes in, messages out."""
