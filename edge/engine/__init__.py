"""V8 through mini-racer's library handle: isolates, startup snapshots, and the life of an invocation."""
