"""Recordings of invocations: what they are, what is left out of them, and how two runs of one compare."""
