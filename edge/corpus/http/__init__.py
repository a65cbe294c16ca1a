"""`./scripts/corpus http FILE`: what hostile clients send, against a running gateway.

A case sends `steps` and says what may come back.  Whatever comes back, the invariant holds: a fresh request is served
within a second, memory does not grow, and nothing of the client is left when it has gone.
"""
