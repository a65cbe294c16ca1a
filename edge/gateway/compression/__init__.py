"""Compressed responses: which, how, and while they are still being made."""
