"""CCID: what a card reader is asked and answers, also over a serial line; bytes in, values out."""
