"""Proofs: conformance to the outside, checks of the inside."""
