"""Other programs that run functions over HTTP, measured beside edge: see README.md."""
