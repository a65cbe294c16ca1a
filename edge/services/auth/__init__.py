"""Who sends a request: passwords, keys and signed tokens, checked."""
