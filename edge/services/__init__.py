"""The privileged half of host calls: what a function may ask the gateway to do for it."""
