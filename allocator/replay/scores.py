"""Adding up objectives, with the rounding that the added figures carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from allocator.replay.tolerances import FIGURE, OBJECTIVE_RELATIVE, ROUNDING

__all__ = ["PartScores", "Score", "Tally", "conditional_value_at_risk", "join_scenarios"]


@dataclass(frozen=True)
class Score:
    """A recomputed objective.

    Parameters
    ----------
    value
        In the unit of the stage.
    rounding
        By how much rounded figures may have moved it at most.
    """

    value: float
    rounding: float = 0.0

    def __add__(self, other: Score) -> Score:
        """Sum of two scores."""
        return Score(self.value + other.value, self.rounding + other.rounding)

    def times(self, factor: float) -> Score:
        """Multiple of a score; ``factor`` >= 0."""
        return Score(self.value * factor, self.rounding * factor)

    @property
    def room(self) -> float:
        """Largest difference at which a told objective is the same."""
        return FIGURE + OBJECTIVE_RELATIVE * abs(self.value) + self.rounding


@dataclass(frozen=True)
class PartScores:
    """Recomputed objectives of the placement or of one dispatch.

    Parameters
    ----------
    objective
        ``lives``, ``social`` or ``cost``.
    by_stage
        Scores by stage.
    least_waiting
        Waiting that no plan avoids, of the need that no plan meets, proven. [weighted units]
    """

    objective: str
    by_stage: Mapping[str, Score]
    least_waiting: Callable[[float], float]


class Tally:
    """A running sum of factor times rounded figure."""

    def __init__(self) -> None:
        self.value = 0.0
        self.rounding = 0.0

    def add(self, factor: float, figure: float) -> None:
        """Add one figure times its factor."""
        self.value += factor * figure
        self.rounding += abs(factor) * ROUNDING

    @property
    def score(self) -> Score:
        """The sum so far."""
        return Score(self.value, self.rounding)


def conditional_value_at_risk(
    values: Sequence[float], probabilities: Sequence[float], alpha: float
) -> float:
    """Mean of the worst ``1 - alpha`` of the outcomes.

    The least of ``eta + sum p max(0, value - eta) / (1 - alpha)``, which is reached at one of the
    values (Rockafellar and Uryasev 2000).

    Parameters
    ----------
    values
        Outcomes, the larger the worse.
    probabilities
        Of the outcomes, > 0, adding up to 1.
    alpha
        Level, in [0, 1).
    """
    paired = list(zip(values, probabilities, strict=True))
    return min(
        eta + sum(p * max(0.0, value - eta) for value, p in paired) / (1 - alpha) for eta in values
    )


def join_scenarios(
    scores: Mapping[str, Score],
    probabilities: Mapping[str, float],
    cvar_alpha: float,
    cvar_weight: float,
) -> Score:
    """Join the scores of scenarios: mean and conditional value at risk, weighted.

    Parameters
    ----------
    scores
        By scenario.
    probabilities
        By scenario.
    cvar_alpha, cvar_weight
        Level and weight of the tail; weight 0 gives the mean.
    """
    if not scores:
        return Score(0.0)
    weights = [probabilities[code] for code in scores]

    def joined(values: Sequence[float]) -> float:
        mean = sum(p * value for p, value in zip(weights, values, strict=True))
        if cvar_weight <= 0:
            return mean
        tail = conditional_value_at_risk(values, weights, cvar_alpha)
        return (1 - cvar_weight) * mean + cvar_weight * tail

    # The tail is subadditive, so joining the rounding of each scenario bounds that of the joint.
    return Score(
        joined([score.value for score in scores.values()]),
        joined([score.rounding for score in scores.values()]),
    )
