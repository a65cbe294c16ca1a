"""Secrets that operators keep in an encrypted file, written by `edge secrets`."""
