"""Packages: folders and archives to canonical bundles; manifests, module resolution, graph, stores."""

from __future__ import annotations
