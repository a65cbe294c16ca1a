"""The gateway: routing, the data path, the server, and the admin application."""
