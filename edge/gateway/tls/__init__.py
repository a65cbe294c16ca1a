"""TLS of the listeners: contexts from files, the right certificate for a name, new files without a restart."""
