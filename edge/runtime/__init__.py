"""The JavaScript that user code sees, and synchronous operations for it."""
