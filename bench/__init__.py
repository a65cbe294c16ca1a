"""What edge costs, as tables: `scripts/bench`.  One file per table; not part of the installed package."""
