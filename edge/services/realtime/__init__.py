"""RealtimeNamespaces: who is connected, who is in which room, and the host calls about it."""
