"""Node's own tests, run inside functions: `./scripts/node-tests`."""
