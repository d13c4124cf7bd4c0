"""What is wrong with a model's table."""

from __future__ import annotations


class ModelFault(ValueError):  # noqa: N818 - the fault of a table, not an error of ours
    """A table of ``schemas/meters/models`` that is none, or a name that no table has; the text says where."""
