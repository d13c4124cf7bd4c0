"""The ledger's database: load, write, and the poster in front."""
