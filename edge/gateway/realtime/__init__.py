"""Socket.IO clients: their connections, and the events that they send to functions that export a RealtimeNamespace."""
