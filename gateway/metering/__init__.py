"""The verbs of reading meters: which slots are to be read (``rounds``), which line calls next (``pool``)."""
