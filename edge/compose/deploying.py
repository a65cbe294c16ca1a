"""Deploys of a gateway process: who takes them, and who follows those of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge.engine.build import THREW
from edge.gateway.deploys.deployer import Deployer
from edge.gateway.deploys.follower import Follower

if TYPE_CHECKING:
    from edge.config.model import Config, PackagesConfig
    from edge.engine.template import Template
    from edge.gateway.generation import GenerationHolder
    from edge.gateway.metrics import Metrics
    from edge.gateway.reload import Reloader
    from edge.packages.uploads import Uploads


_NEAR = 0.5


class Deploying:
    """`folder` is where uploads are kept while they are looked at."""

    def __init__(
        self, config: Config, uploads: Uploads, reloader: Reloader, holder: GenerationHolder, metrics: Metrics
    ) -> None:
        self._holder = holder
        self.folder = config.path(config.storage.data_dir) / "incoming"
        self.deployer = Deployer(uploads, reloader, self._settings)
        self.follower = Follower(uploads, reloader, self._poll, self._in_use, self.deployer.prune)
        metrics.watch_deploys(lambda: self.follower.failures, lambda: len(self.follower.stuck))

    def trouble(self) -> dict[str, Any]:
        """What is wrong now, for /ready and /health/detailed; empty when nothing is."""
        found: dict[str, Any] = {}
        if self.follower.error:
            found["package_store"] = {"ok": False, "error": self.follower.error}
        if self.follower.stuck:
            found["stuck"] = dict(sorted(self.follower.stuck.items()))
        return found

    def _settings(self) -> PackagesConfig:
        return self._holder.current().config.packages

    def _poll(self) -> float:
        """A store on this machine's own disk, which other workers share, costs nothing to look at."""
        packages = self._settings()
        return packages.poll if packages.store else min(packages.poll, _NEAR)

    def _in_use(self) -> set[str]:
        loaded = self._holder.current().functions.values()
        return {one.function.package for one in loaded if one.function is not None}


def certain_problems(template: Template) -> list[str]:
    """What in a package cannot work in any case, as `edge check` sees it."""
    own = [problem for problem in template.problems if "/node_modules/" not in problem]
    if not own and template.reason.startswith(THREW):
        own.append(template.reason)
    return own + [str(one) for one in template.report.unsupported if one.certain]
