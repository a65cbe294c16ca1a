"""Static files: what is sent of a folder, and how."""
