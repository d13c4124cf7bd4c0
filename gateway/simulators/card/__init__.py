"""Virtual cards and what stands around them: keys, a desk without people, faults, a virtual reader's wire."""
