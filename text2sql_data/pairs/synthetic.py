"""Synthetic hard negatives: a correct query, and mutants of it that were executed and give another result.

The correct queries are candidates that a comparator judged correct, or golds. A mutant makes a pair when its own execution says
that it is wrong; what only might be (a timeout, a result that digests do not decide) is dropped with the reason.
"""

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from sqlglot.errors import SqlglotError

from store import Commit, Lake, StoreError
from text2sql_data.benchmarks.adding import current_revision
from text2sql_data.comparators import COMPARATORS, Comparator, comparator
from text2sql_data.lookups import check_name, require
from text2sql_data.pairs import trying
from text2sql_data.pairs.mutations import TYPES, mutants
from text2sql_data.pairs.recording import PairSet, Recorded, record
from text2sql_data.sql_ast.schema import Schema, read_schema
from text2sql_data.sql_ast.wording import Original

if TYPE_CHECKING:
    from store.ids import JSON

_SQL = files("text2sql_data") / "pairs" / "sql"


class Source(NamedTuple):
    """Where the correct queries come from: candidates of runs, or the golds of a benchmark.

    Attributes:
        runs: Runs whose correct candidates are changed.
        benchmark: Benchmark whose golds are changed, where there are no runs.
        comparator: Whose verdicts say which candidate is correct, and whose notion of the same result a mutant must break.
        gold_revision: Gold revision of the verdicts, or of the golds.
    """

    runs: tuple[str, ...] = ()
    benchmark: str | None = None
    comparator: str = "bird"
    gold_revision: str = "original"


class Recipe(NamedTuple):
    """What is made of them.

    Attributes:
        types: Types of mutation, of `mutations.TYPES`; all of them when empty.
        per_question: Pairs that a question gives at most.
        seed: Decides, with the question and its query, what is drawn.
        max_not_executable: Largest share of pairs whose rejected query does not execute.
    """

    types: tuple[str, ...] = ()
    per_question: int = 2
    seed: int = 13
    max_not_executable: float = 0.25


class Synthesised(NamedTuple):
    """What came of it.

    Attributes:
        recorded: The pair set.
        executable: Pairs whose rejected query executes, and is therefore wrong, by type.
        mutants: Mutants that were tried.
        without: Questions without a pair, by reason.
        unusable: Databases that could not be read, with the reason.
    """

    recorded: Recorded
    executable: dict[str, int]
    mutants: int
    without: dict[str, int]
    unusable: dict[str, str]


class NothingToChangeError(StoreError):
    """There is no correct query to start from."""


def synthesise(
    lake: Lake,
    name: str,
    source: Source,
    recipe: Recipe,
    *,
    processes: int | None = None,
    started: trying.Started | None = None,
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> Synthesised:
    """Make a set of synthetic pairs, in one commit; the executions that it takes are kept as those of `t2s execute` are.

    Args:
        lake: The lake.
        name: Name of the new pair set.
        source: The correct queries.
        recipe: What is made of them.
        processes: Worker processes that execute; one a processor when None.
        started: Called with what is done and how much of it there is; what it returns is called with each step.
        arguments: Recorded with the snapshot.
        dry_run: Execute, and write nothing.

    Raises:
        NameNotFoundError: A run or the gold revision is not in the lake.
        NothingToChangeError: There is no correct query.
        PairSetExistsError: There is a pair set of that name that holds something else.
    """
    check_name("pair set", name)
    notion = _notion(source.comparator)
    types = recipe.types or tuple(TYPES)
    with lake.commit(f"synthesise pairs: {name}", command="pairs synthesise", arguments=arguments, dry_run=dry_run) as commit:
        benchmark, revision, sources = _sources(lake, source)
        _mutate(lake, commit, sources, types, recipe.seed, started)
        commit.execute(notion.sql)
        for table in ("synthetic_references", "statements"):
            file = "synthetic_statements" if table == "statements" else table
            commit.execute(f"CREATE TEMP TABLE {table} AS {_text(file)}")
        ran = trying.execute(lake, commit, processes=processes, started=started, arguments=arguments, dry_run=dry_run)
        _decide(commit, recipe)
        parameters: dict[str, JSON] = {
            **source._asdict(),
            **recipe._asdict(),
            "source": "candidates" if source.runs else "golds",
            "runs": list(source.runs),
            "types": list(types),
            "notion": notion.name,
            "notion_version": notion.version,
            "settings": ran.settings,
        }
        parents: list[JSON] = [{"run": run} for run in source.runs]
        parents = parents or [{"benchmark": benchmark, "revision": revision, "gold_revision": source.gold_revision}]
        recorded = record(lake, commit, PairSet(name, "synthesised", parameters, parents, benchmark, revision))
        counts = commit.execute(
            "SELECT type, count(*) FROM identified_pairs WHERE drop IS NULL AND rejected_claimed_ok GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        (tried,) = commit.execute("SELECT count(*) FROM synthetic_mutants").fetchone() or (0,)
        without = commit.execute(
            "SELECT reason, count(*) FROM synthetic_looked_at WHERE reason IS NOT NULL GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    return Synthesised(recorded, dict(counts), tried, dict(without), ran.unusable)


def _notion(name: str) -> Comparator:
    """The notion of the same result that goes with a comparator; BIRD's for the flags that a file brought."""
    return comparator("bird" if name.startswith("file:") else name)


def _sources(lake: Lake, source: Source) -> tuple[str, str, list[dict[str, object]]]:
    """The correct queries, one a question and run, with the benchmark and its revision."""
    require(lake, "gold_revision", [source.gold_revision])
    if source.runs:
        require(lake, "run", source.runs)
        require(lake, "comparator", [source.comparator])
        relation = lake.sql(
            _text("synthetic_candidates"),
            comparator=source.comparator,
            gold_revision=source.gold_revision,
            runs=list(source.runs),
        )
    else:
        if source.benchmark is None:
            raise StoreError("There is nothing to change.", "Name runs or a benchmark.")
        current_revision(lake, source.benchmark)
        relation = lake.sql(_text("synthetic_golds"), benchmark=source.benchmark, gold_revision=source.gold_revision)
    sources = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    of = sorted({(str(row["benchmark"]), str(row["revision"])) for row in sources})
    if len(of) > 1:
        listed = ", ".join(" ".join(one) for one in of)
        raise StoreError(f"The runs answer different benchmarks: {listed}.", "Take the runs of one benchmark at a time.")
    if not any(row["sql"] for row in sources):
        hint = "Run t2s execute and t2s label first, or choose a comparator that has judged them with --comparator."
        what = (
            f"{source.comparator} calls no candidate of {', '.join(source.runs)} correct" if source.runs else "There is no gold"
        )
        raise NothingToChangeError(f"{what}.", hint if source.runs else "Add golds with: t2s benchmark golds add")
    return *of[0], sources


def _mutate(
    lake: Lake,
    commit: Commit,
    sources: list[dict[str, object]],
    types: Sequence[str],
    seed: int,
    started: trying.Started | None,
) -> None:
    """Leave `synthetic_sources` and `synthetic_mutants`. What is drawn depends on the seed, the question and its query only."""
    schemas = _schemas(lake)
    made: list[dict[str, object]] = []
    advance: Callable[[int], None] = started("changing", len(sources)) if started else lambda _: None
    for number, row in enumerate(sources):
        row["source"] = number
        advance(1)
        if row["sql"] is None:
            continue
        schema = schemas.get((str(row["benchmark"]), str(row["db_id"])))
        if schema is None:
            row["reason"] = "no_schema"
            continue
        try:
            original = Original(str(row["sql"]))
            question = (str(row["benchmark"]), str(row["position"]), str(row["sql"]))
            found = list(mutants(original, schema, types, seed, *question))
        except (SqlglotError, RecursionError):
            row["reason"] = "not_parsed"
            continue
        made += [{"source": number, **one._asdict()} for one in found]
    commit.execute(_text("synthetic_tables"))
    identities = ("database", "candidate", "prompt")
    shown = [{**row, **{name: row[name] and str(row[name]) for name in identities}} for row in sources]
    commit.stage("synthetic_batch", shown)
    commit.execute("INSERT INTO synthetic_sources BY NAME SELECT * REPLACE (database::UUID AS database) FROM synthetic_batch")
    if made:
        commit.stage("synthetic_batch", [{**row, "place": place} for place, row in enumerate(made)])
        commit.execute("INSERT INTO synthetic_mutants BY NAME FROM synthetic_batch")


def _schemas(lake: Lake) -> dict[tuple[str, str], Schema]:
    rows = lake.sql("SELECT benchmark, db_id, schema FROM current_databases WHERE schema IS NOT NULL").fetchall()
    return {(benchmark, db_id): read_schema(json.loads(schema)) for benchmark, db_id, schema in rows}


def _decide(commit: Commit, recipe: Recipe) -> None:
    """Leave `found_pairs`, `found_drops` and, of runs, `found_yields`."""
    seed = str(recipe.seed)
    commit.execute(f"CREATE TEMP TABLE synthetic_judged AS {_text('synthetic_judged')}", seed=seed)
    commit.execute(
        f"CREATE TEMP TABLE synthetic_ranked AS {_text('synthetic_ranked')}", seed=seed, per_question=recipe.per_question
    )
    counted = commit.execute("SELECT count(*) FROM synthetic_ranked WHERE reason IS NULL AND status = 'ok'").fetchone()
    commit.execute(
        f"CREATE TEMP TABLE synthetic_decided AS {_text('synthetic_decided')}",
        failing=_failing(counted[0] if counted else 0, recipe.max_not_executable),
    )
    commit.execute(f"CREATE TEMP TABLE found_pairs AS {_text('synthetic_found')}")
    commit.execute(f"CREATE TEMP TABLE found_drops AS {_text('synthetic_drops')}")
    commit.execute(f"CREATE TEMP TABLE synthetic_looked_at AS {_text('synthetic_yields')}")
    # A yield belongs to a run; golds have none.
    commit.execute("CREATE TEMP TABLE found_yields AS SELECT * FROM synthetic_looked_at WHERE run IS NOT NULL")


def _failing(executing: int, share: float) -> int:
    """How many pairs whose rejected query fails go with so many that execute, for a share of at most so much.

    >>> _failing(75, 0.25), _failing(74, 0.25)
    (25, 24)
    """
    part = Fraction(str(share))
    return 2**62 if part >= 1 else int(executing * part / (1 - part))


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")


NOTIONS = tuple(known.name for known in COMPARATORS)
"""Comparators that can say whether a mutant's result differs."""
