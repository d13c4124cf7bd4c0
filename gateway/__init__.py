"""The gateway: everything between the doors and the outside world."""
