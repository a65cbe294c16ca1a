"""How many requests a client has sent, counted by a process, by those of a machine, or by all that share a server."""
