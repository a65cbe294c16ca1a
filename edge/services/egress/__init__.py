"""Egress policy: who may be reached, decided on values alone (no DNS, no sockets)."""
