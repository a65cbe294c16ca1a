"""The sandboxed side: the zygote, the cells it forks, and what confines them."""
