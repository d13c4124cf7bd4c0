"""The counter PC: sells on IC cards; a program of its own, which reaches the gateway by wire only."""
