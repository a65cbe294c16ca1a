"""The processes of one gateway: a parent that holds the listening sockets, and workers that serve on them."""
