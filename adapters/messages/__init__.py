"""Where the outside is told what has happened: a webhook today."""
