"""Web Platform Tests, run inside functions: `./scripts/wpt`."""
