"""DL/T 645-2007 and -1997: the wire of Chinese meters, both ends of it."""
