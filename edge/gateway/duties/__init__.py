"""What the gateway does for a route beside calling its function: see README.md."""
