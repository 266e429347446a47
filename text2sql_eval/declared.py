"""What a run says of its own figures: whether the gold helped to make its answers, and which gate it was made for."""

from typing import NamedTuple

from store import Lake, QueryError


class Helped(NamedTuple):
    """Final answers of a run, and those of them that the gold helped to make."""

    answers: int
    saw_gold: int


def gold_feedback(lake: Lake, gate: str) -> dict[str, Helped]:
    """The runs that the gold helped, by name; their figures are not those of a system that could be deployed.

    Args:
        lake: The lake, now or at a version.
        gate: exec_ok, critique or always.
    """
    try:
        rows = lake.sql("SELECT run, answers, saw_gold FROM gold_feedback WHERE gate = $gate", gate=gate).fetchall()
    except QueryError:  # the lake at a version from before there were rollouts
        return {}
    return {run: Helped(answers, saw_gold) for run, answers, saw_gold in rows if saw_gold}


def sentence(run: str, helped: Helped) -> str:
    """What a person has to know of a run's figures."""
    return (
        f"{run}: {helped.saw_gold:,} of {helped.answers:,} answers were made with feedback from the gold; its figures are not "
        "those of a system that could be deployed."
    )


def declared_gates(lake: Lake) -> dict[str, str]:
    """The gate of each rollout that declares one in its configuration, by run."""
    rows = lake.sql("SELECT run, config ->> 'gate' FROM runs WHERE (config ->> 'gate') IS NOT NULL").fetchall()
    return dict(rows)
