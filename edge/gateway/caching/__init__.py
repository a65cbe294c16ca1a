"""Answers of functions that are kept for others: see README.md."""
