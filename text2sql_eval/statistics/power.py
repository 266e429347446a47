"""Power of a paired comparison: what n questions can show, and how many a claim needs.

The normal approximation of McNemar's test (Connor 1987, Biometrics 43, 207-211), and beside it the exact power of the exact test.
Both take questions for independent; a design effect and few clusters make them dearer.
"""

from typing import NamedTuple

import numpy as np

from store import StoreError


class PowerError(StoreError, ValueError):
    """A gap that no share of differing questions could make."""


class Design(NamedTuple):
    """What a comparison is planned with.

    Attributes:
        gap: The true difference of the two figures, from 0 to 1, without 0.
        discordant: The share of questions on which the two differ in being right; at least the gap.
        level: Level of the test's interval: 0.95 is a two-sided test at 0.05.
        design_effect: How many times the variance by clusters is that by questions (`t2s compare` says it).
        clusters: Number of databases, whose t distribution then takes the place of the normal one; None for many.
    """

    gap: float
    discordant: float
    level: float = 0.95
    design_effect: float = 1.0
    clusters: int | None = None


class Plan(NamedTuple):
    """What a design needs and what n questions give; the latter are None where n is not given.

    Attributes:
        needed: Questions for the wanted power.
        power: Power of n questions.
        power_exact: The same of the exact test; None also where clusters are given, which it cannot look at.
        detectable: The smallest gap that n questions show with the wanted power, from 0 to 1; None where there is none.
    """

    needed: int
    power: float | None
    power_exact: float | None
    detectable: float | None


def plan(design: Design, wanted: float, n: int | None = None) -> Plan:
    """Work a design out.

    Args:
        design: The design.
        wanted: The power that is wanted, from 0 to 1.
        n: Questions that there are.

    Raises:
        PowerError: The gap is larger than the share of differing questions.
    """
    check(design)
    if n is None:
        return Plan(needed(design, wanted), None, None, None)
    exact = exact_power(design, n) if design.clusters is None else None
    return Plan(needed(design, wanted), power(design, n), exact, detectable(design, n, wanted))


def check(design: Design) -> None:
    """Refuse what cannot be.

    Raises:
        PowerError: The gap is larger than the share of differing questions.
    """
    if design.gap > design.discordant:
        raise PowerError(
            f"A gap of {100 * design.gap:g} points needs at least {100 * design.gap:g} % of the questions to differ, not "
            f"{100 * design.discordant:g} %.",
            "Give a larger --discordant, or a smaller --gap.",
        )


def power(design: Design, n: int) -> float:
    """The chance that n questions show the gap, by the normal approximation.

    With z for the quantile of the level: Phi((gap sqrt(n) - z sqrt(discordant)) / sqrt(discordant - gap^2)), n divided by the
    design effect.
    """
    from scipy.stats import norm  # type: ignore[import-untyped]

    gap, discordant = design.gap, design.discordant
    spread = discordant - gap**2
    reach = gap * np.sqrt(n / design.design_effect) - _quantile(design) * np.sqrt(discordant)
    return float(norm.cdf(reach / np.sqrt(spread))) if spread > 0 else float(reach > 0)


def needed(design: Design, wanted: float) -> int:
    """The number of questions with that power, by the same approximation solved for n.

    (z sqrt(discordant) + z' sqrt(discordant - gap^2))^2 / gap^2, z' being the quantile of the power; times the design effect.
    """
    from scipy.stats import norm

    gap, discordant = design.gap, design.discordant
    root = _quantile(design) * np.sqrt(discordant) + norm.ppf(wanted) * np.sqrt(max(0.0, discordant - gap**2))
    return int(np.ceil(design.design_effect * (root / gap) ** 2))


def detectable(design: Design, n: int, wanted: float) -> float | None:
    """The smallest gap that n questions show with that power; None where even the largest possible one is not shown."""
    from scipy.optimize import brentq  # type: ignore[import-untyped]

    def lacking(gap: float) -> float:
        return power(design._replace(gap=gap), n) - wanted

    smallest, largest = 1e-9, design.discordant
    if lacking(largest) < 0:
        return None
    return 0.0 if lacking(smallest) >= 0 else float(brentq(lacking, smallest, largest))


def exact_power(design: Design, n: int) -> float:
    """The chance that the exact McNemar test rejects, n divided by the design effect.

    The number of differing questions is binomial, and of those the first run wins a binomial share.
    """
    from scipy.stats import binom

    questions = int(n / design.design_effect)
    differing = np.arange(questions + 1)
    critical = binom.ppf((1 - design.level) / 2, differing, 0.5)
    # The largest number of wins that is still rejected; ppf gives the first whose probability is reached.
    critical = np.where(2 * binom.cdf(critical, differing, 0.5) <= 1 - design.level, critical, critical - 1)
    share = (design.discordant + design.gap) / (2 * design.discordant)
    rejected = binom.cdf(critical, differing, share) + binom.sf(differing - critical - 1, differing, share)
    return float((binom.pmf(differing, questions, design.discordant) * np.where(critical < 0, 0.0, rejected)).sum())


def _quantile(design: Design) -> float:
    from scipy.stats import norm, t

    tail = (1 + design.level) / 2
    return float(norm.ppf(tail) if design.clusters is None else t.ppf(tail, design.clusters - 1))
