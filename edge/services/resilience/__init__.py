"""Help for requests to hosts that fail now and then: retries, circuit breakers, limits.  Off by default."""
