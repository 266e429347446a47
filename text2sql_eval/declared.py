"""What a run says of its own figures: whether the gold helped to make its answers, and which gate it was made for."""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from store import Lake, QueryError
from text2sql_eval import learnt
from text2sql_eval.learnt import Learnt


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


class Trained(NamedTuple):
    """Picks of a selector for a run, and those that its model was trained on the question, or the database, of."""

    run: str
    selector: str
    picks: int
    question: int
    database: int


def trained_on(lake: Lake, selectors: Sequence[str], gate: str) -> list[Trained]:
    """The runs for which a selector was allowed to pick where its model had been trained."""
    if not selectors:
        return []
    statement = (files("text2sql_eval") / "sql" / "trained_on.sql").read_text("utf-8")
    rows = lake.sql(statement, gate=gate, selectors=list(selectors)).fetchall()
    return [Trained(*row) for row in rows]


def trained_sentence(found: Trained) -> str:
    """What a person has to know of such picks."""
    so = "its figures are too good" if found.question else "its figures say nothing about other databases"
    return (
        f"{found.selector} on {found.run}: of {found.picks:,} picks {found.question:,} are for questions, and {found.database:,} "
        f"for databases, that its model was trained on; {so}."
    )


def warnings(
    lake: Lake, runs: Sequence[str], gate: str, selectors: Sequence[str] = (), shared: Sequence[Learnt] = ()
) -> list[str]:
    """Everything that a person has to know of the figures of some runs.

    Args:
        lake: The lake, now or at a version.
        runs: The runs.
        gate: exec_ok, critique or always.
        selectors: Names of selectors whose picks are counted.
        shared: What the models of the runs learnt of what is counted; figures and comparisons have it as `learnt`.
    """
    others = {run: own for run, own in declared_gates(lake).items() if run in runs and own != gate}
    return [
        *(f"{run} was made for the gate {own}, and this is with {gate}: see --gate {own}" for run, own in others.items()),
        *(sentence(run, said) for run, said in gold_feedback(lake, gate).items() if run in runs),
        *(trained_sentence(one) for one in trained_on(lake, selectors, gate) if one.run in runs),
        *(learnt.sentence(one) for one in shared if one.run in runs),
    ]
