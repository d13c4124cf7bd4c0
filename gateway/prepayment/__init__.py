"""The verbs of selling prepaid power: each file one use case."""
