"""The outside world, played: banks, meters, towns. Part of the product."""
