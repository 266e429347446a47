"""What happens inside the validators and the fixer of runs: reward accuracy, verdict accuracy, yields of pairs, sensitivity.

Reward accuracy is the share of pairs of critiques of which the model finds the preferred one likelier. A trainer reports it as
`eval_rewards/accuracies` on pairs that it held out; the lake knows it for pairs whose critiques came with log-probabilities,
which
are the validator's own samples. Both stand beside each other, and never in one number.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from store import Lake, StoreError
from store.lake import Parameter
from text2sql_data.critiques.scoring import score

_SQL = files("text2sql_eval") / "reports" / "collab" / "sql"
_LEVEL = 0.95


class ReportedError(StoreError, ValueError):
    """A reward accuracy that a trainer reported cannot be read."""


class Reported(NamedTuple):
    """A reward accuracy as a trainer reported it: of what, from 0 to 1, and over how many pairs where that is known."""

    run: str
    validator: str
    value: float
    n: int | None


def parse_reported(text: str, runs: Sequence[str]) -> Reported:
    """Read RUN=VALUE[,N] or RUN:VALIDATOR=VALUE[,N]; the value is a share, or per cent with its sign.

    Raises:
        ReportedError: It has not that form, or names another run.
    """
    form = "Give RUN:VALIDATOR=VALUE[,N], such as collab:select=0.697,33 or collab:select=69.7%,33."
    name, equals, rest = text.rpartition("=")
    number, _, count = rest.partition(",")
    run = next((run for run in runs if name == run or name.startswith(f"{run}:")), None)
    if not equals or run is None:
        raise ReportedError(f"{text!r} is not about one of these runs: {', '.join(runs)}.", form)
    try:
        value = float(number.strip().removesuffix("%"))
        value = round(value / 100, 9) if number.strip().endswith("%") else value
        n = int(count) if count else None
    except ValueError as error:
        raise ReportedError(f"{text!r} has no number that can be read.", form) from error
    if not 0 <= value <= 1 or (n is not None and n < 1):
        raise ReportedError(f"{text!r} is no share of pairs.", form)
    return Reported(run, name[len(run) + 1 :] or "all", value, n)


def inside(
    lake: Lake, runs: Sequence[str], comparator: str, gold_revision: str, reported: Sequence[Reported]
) -> dict[str, list[dict[str, Any]]]:
    """Everything that is not end to end, as rows by run.

    Args:
        lake: The lake, now or at a version.
        runs: The runs.
        comparator: Comparator of the verdicts.
        gold_revision: Gold revision of the verdicts.
        reported: What trainers reported.
    """
    accuracies = [
        {**row, "share": _share(row["by_character"], row["n"]), "share_by_sum": _share(row["by_sum"], row["n"])}
        for row in _rows(lake, "reward_accuracy", runs=list(runs))
    ]
    verdicts = [
        {**one._asdict(), "share": _share(one.hits + one.passes, one.n)}
        for one in score(lake, comparator=comparator, gold_revision=gold_revision, runs=list(runs), by=("validator", "run"))
        if one.critiques
    ]
    return {
        "reward_accuracy": accuracies,
        "reported": [{**one._asdict(), "share": _share(one.value * one.n, one.n) if one.n else None} for one in reported],
        "verdicts": verdicts,
        "yields": _rows(lake, "yields", runs=list(runs)),
        "sensitivity": _rows(lake, "sensitivity", runs=list(runs), comparator=comparator, gold_revision=gold_revision),
    }


def _share(count: float, n: int) -> dict[str, Any]:
    """A share with its Wilson interval, which takes what was counted for independent."""
    from scipy import stats  # type: ignore[import-untyped]

    if not n:
        return {"value": None, "n": 0, "lower": None, "upper": None}
    value = count / n
    z = float(stats.norm.ppf((1 + _LEVEL) / 2))
    middle = (value + z * z / (2 * n)) / (1 + z * z / n)
    half = z * ((value * (1 - value) / n + z * z / (4 * n * n)) ** 0.5) / (1 + z * z / n)
    return {"value": value, "n": n, "lower": max(0.0, middle - half), "upper": min(1.0, middle + half)}


def _rows(lake: Lake, name: str, **parameters: Parameter) -> list[dict[str, Any]]:
    result = lake.sql((_SQL / f"{name}.sql").read_text("utf-8"), **parameters)
    columns = [column[0] for column in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
