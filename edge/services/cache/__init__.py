"""What is kept of HTTP answers: the rules of RFC 9111, pure, and one bounded store.

`control`, `freshness`, `storable`, `usable`, `vary`, `conditional`, `ranges`, `tags` and `status` are values in, values
out.
"""
