"""Checks from outside: runs files of cases against the real code (CONTRACT section 8)."""
