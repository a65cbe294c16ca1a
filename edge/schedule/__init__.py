"""When functions run by themselves: expressions, and what becomes of each tick.  Pure."""
