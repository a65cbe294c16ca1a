"""Sending spans to the operator's collector."""
