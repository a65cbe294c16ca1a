"""The gateway's config: `edge.toml`, the environment and `--set`, made into frozen, checked structs.

Call `edge.config.load.load`; everything it returns is defined in `edge.config.model`.
"""
