"""Uploaded versions of functions: taking them, making them serve, and following what other gateways did."""
