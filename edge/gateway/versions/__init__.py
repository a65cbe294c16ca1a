"""Traffic of several versions of a function: who gets which, and what is taken back when it fails."""
