"""Card readers: whole conversations with cards over PC/SC, each reader in a thread of its own."""
