"""The figures of a run in turns: how many questions were right at once, repaired or failed, and what its SQL costs.

The names are those of the published summary; the definitions are in sql/summary.sql and docs/pairs.md.
"""

from importlib.resources import files

from store import Lake
from text2sql_data.execution.limits import engine
from text2sql_data.lookups import require
from text2sql_data.pairs import costs

_SQL = files("text2sql_data") / "pairs" / "sql"


def summarise(
    lake: Lake, run: str, *, comparator: str = "bird", gold_revision: str = "original", max_turns: int | None = None
) -> dict[str, object]:
    """The figures of one run, by name.

    Args:
        lake: The lake.
        run: The run.
        comparator: Whose verdicts count; `file:RUN` for the flags that a file brought.
        gold_revision: Gold revision of the verdicts.
        max_turns: The last turn, at which a wrong SQL has the lowest reward; the highest turn of the run when None.

    Raises:
        NameNotFoundError: The run, the comparator or the gold revision is not in the lake.
    """
    _require(lake, run, comparator, gold_revision)
    with lake.scratch() as scratch:
        scratch.execute(
            f"CREATE TEMP TABLE judged AS {_text('judged')}",
            comparator=comparator,
            gold_revision=gold_revision,
            runs=[run],
            max_turns=max_turns,
        )
        result = scratch.execute(_text("summary"), engine=engine())
        names = [name for name, *_ in result.description or []]
        return dict(zip(names, result.fetchone() or (), strict=True))


def add_plans(
    lake: Lake, run: str, *, comparator: str = "bird", gold_revision: str = "original", arguments: list[str] | None = None
) -> costs.Priced:
    """Make the query plans that the summary of a run lacks, in one commit."""
    _require(lake, run, comparator, gold_revision)
    with lake.commit(f"query plans: {run}", command="pairs summary", arguments=arguments) as commit:
        commit.execute(
            f"CREATE TEMP TABLE judged AS {_text('judged')}",
            comparator=comparator,
            gold_revision=gold_revision,
            runs=[run],
            max_turns=None,
        )
        return costs.price(commit, f"SELECT {costs.WANTED} FROM judged WHERE executes")


def _require(lake: Lake, run: str, comparator: str, gold_revision: str) -> None:
    require(lake, "run", [run])
    require(lake, "comparator", [comparator])
    require(lake, "gold_revision", [gold_revision])


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
