"""Calls from function to function, in memory."""
