"""Options of a solve: checked when they are made and again when HiGHS takes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import highspy

from allocator.errors import SolveError

__all__ = ["ALLOWED_HIGHS_OPTIONS", "SolveOptions", "apply_options"]

#: Tolerances may be tightened, never loosened: name -> HiGHS' own default.
_TOLERANCES = {
    "primal_feasibility_tolerance": 1e-7,
    "dual_feasibility_tolerance": 1e-7,
    "mip_feasibility_tolerance": 1e-6,
    "ipm_optimality_tolerance": 1e-8,
}

#: HiGHS options a caller may set. None of them can read or write a file.
ALLOWED_HIGHS_OPTIONS = frozenset(
    {
        *_TOLERANCES,
        "dual_simplex_cost_perturbation_multiplier",
        "ipm_iteration_limit",
        "mip_abs_gap",
        "mip_allow_restart",
        "mip_detect_symmetry",
        "mip_heuristic_effort",
        "mip_heuristic_run_feasibility_jump",
        "mip_heuristic_run_rens",
        "mip_heuristic_run_rins",
        "mip_heuristic_run_root_reduced_cost",
        "mip_heuristic_run_shifting",
        "mip_heuristic_run_zi_round",
        "mip_lp_age_limit",
        "mip_max_improving_sols",
        "mip_max_leaves",
        "mip_max_nodes",
        "mip_max_stall_nodes",
        "mip_min_cliquetable_entries_for_parallelism",
        "mip_pool_age_limit",
        "mip_pool_soft_limit",
        "mip_pscost_minreliable",
        "objective_bound",
        "objective_target",
        "parallel",
        "presolve",
        "run_crossover",
        "simplex_crash_strategy",
        "simplex_dual_edge_weight_strategy",
        "simplex_iteration_limit",
        "simplex_price_strategy",
        "simplex_primal_edge_weight_strategy",
        "simplex_scale_strategy",
        "simplex_strategy",
        "simplex_update_limit",
        "solver",
    }
)

#: HiGHS' own default (1e-6) would stop small objectives far above the gap asked for.
_ABSOLUTE_GAP = 1e-10

_LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class SolveOptions:
    """How hard and how long to solve.

    Parameters
    ----------
    gap
        Relative gap at which to stop, >= 0.
    time_limit_seconds
        Limit on wall time; None for no limit. [s]
    threads
        Threads of HiGHS, >= 1.
    seed
        Random seed of HiGHS, 0 to 2**31 - 1.
    highs
        Further HiGHS options, names from ``ALLOWED_HIGHS_OPTIONS``.

    Raises
    ------
    SolveError
        If a value is out of range or an option is not allowed.
    """

    gap: float = 1e-4
    time_limit_seconds: float | None = None
    threads: int = 1
    seed: int = 0
    highs: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.gap) and self.gap >= 0.0):
            raise SolveError(f"option gap ({self.gap!r}) must be a number >= 0. Maybe 0.01.")
        limit = self.time_limit_seconds
        if limit is not None and not (math.isfinite(limit) and limit >= 0.0):
            raise SolveError(
                f"option time_limit_seconds ({limit!r}) must be a number >= 0. "
                "Maybe leave it out for no limit."
            )
        if not 1 <= self.threads <= 1024:
            raise SolveError(f"option threads ({self.threads!r}) must be from 1 to 1024. Maybe 1.")
        if not 0 <= self.seed <= _LARGEST_SEED:
            raise SolveError(
                f"option seed ({self.seed!r}) must be from 0 to {_LARGEST_SEED}. Maybe 0."
            )
        for name, value in self.highs.items():
            _check_highs_option(name, value)


def _check_highs_option(name: str, value: object) -> None:
    """Raise SolveError for an option that is not allowed or loosens a tolerance."""
    if name not in ALLOWED_HIGHS_OPTIONS:
        raise SolveError(
            f"HiGHS option {name!r} is not allowed here. "
            f"Maybe one of: {', '.join(sorted(ALLOWED_HIGHS_OPTIONS))}."
        )
    default = _TOLERANCES.get(name)
    if default is None:
        return
    if not isinstance(value, int | float) or not 0.0 < value <= default:
        raise SolveError(
            f"HiGHS option {name} ({value!r}) may be tightened, not loosened: "
            f"must be > 0 and <= {default}."
        )


def apply_options(
    highs: Any, options: SolveOptions, *, time_limit: float, objective_exponent: int = 0
) -> None:
    """Set every option on a HiGHS object, starting from HiGHS' defaults.

    Parameters
    ----------
    highs
        The HiGHS object.
    options
        What to set.
    time_limit
        Limit on HiGHS' own clock, ``inf`` for none. [s]
    objective_exponent
        HiGHS works with the objective times 2 to this power, and hands it back unscaled.

    Raises
    ------
    SolveError
        If HiGHS refuses an option; the message names it.
    """
    highs.resetOptions()
    settings: dict[str, object] = {
        "output_flag": False,
        "threads": int(options.threads),
        "random_seed": int(options.seed),
        "mip_rel_gap": float(options.gap),
        "mip_abs_gap": _ABSOLUTE_GAP,
        "time_limit": float(time_limit),
        "user_objective_scale": int(objective_exponent),
    }
    settings.update(options.highs)
    for name, value in settings.items():
        # HiGHS answers a refused option with a status only, and then solves without it.
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SolveError(
                f"HiGHS refused option {name} = {value!r}. "
                "Maybe the value has the wrong type or range, or this build lacks the feature."
            )
