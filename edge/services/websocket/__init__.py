"""WebSockets: the protocol on both sides, and the host calls of functions that are clients."""
