"""What an operator takes away: files that other programs open."""
