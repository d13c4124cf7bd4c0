"""The commands of the command line, one file a command or a group of them."""
