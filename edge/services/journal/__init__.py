"""The journal: log lines and receipts of invocations, kept on disk within bounds."""
