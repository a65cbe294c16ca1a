"""Autobahn's test suite against functions: `./scripts/autobahn`."""
