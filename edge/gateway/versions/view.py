"""How the split of a route is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.gateway.versions.overrides import Overrides
    from edge.gateway.versions.rollout import Rollout


def split_view(route: str, said: Mapping[str, int], known: Overrides, rollout: Rollout) -> dict[str, Any]:
    """Weights in force and those of the config, what was counted of each version, and who changed what, why."""
    total = sum(rollout.weights.values())
    view: dict[str, Any] = {
        "route": route,
        "config": dict(said),
        "weights": dict(rollout.weights),
        "versions": [
            {
                "version": name,
                "weight": weight,
                "share": round(weight / total, 6) if total else 0.0,
                "requests": tally.requests,
                "failures": tally.failures,
                "timeouts": tally.timeouts,
            }
            for name, weight in rollout.weights.items()
            if (tally := rollout.tallies.get(name)) is not None
        ],
    }
    if rollout.newest:
        view["watched"] = {"version": rollout.newest, "baking": rollout.is_baking}
    override = known.of(route, said)
    if override is not None:
        view["set"] = {
            "who": override.who,
            "at": override.at,
            **({"reason": override.reason} if override.reason else {}),
        }
    return view
