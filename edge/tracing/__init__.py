"""Traces: what a request, and what it brought about, took its time for."""
