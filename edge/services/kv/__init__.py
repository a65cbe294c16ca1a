"""Key-value storage for functions: one semantics (`interface`), several backends, one service.

`sqlite.SqliteStore` is the default, `memory.MemoryStore` keeps nothing; `service.KVService` is what one
invocation gets of a store.
"""
