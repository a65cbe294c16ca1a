"""Synchronous, CPU-only operations: each module has `OPS`, name -> operation."""
