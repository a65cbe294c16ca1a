"""Invocations that nobody waits for: accepted now, run when there is room, tried again when they fail."""
