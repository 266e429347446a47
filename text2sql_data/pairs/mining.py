"""Mining pairs from judged runs: take one comparator's verdicts, let a mode find pairs in them, record the set.

A mode is a module with `find(commit, options)`: it reads the temporary table `judged` (sql/judged.sql) and leaves `found_pairs`
and `found_yields`, and perhaps `found_drops`, for `recording.record`.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files

from store import Commit, Lake, StoreError
from text2sql_data.lookups import require
from text2sql_data.pairs import natural, rollouts
from text2sql_data.pairs.options import BadCountError, Options
from text2sql_data.pairs.recording import PairSet, Recorded, record

_SQL = files("text2sql_data") / "pairs" / "sql"

MODES: Mapping[str, Callable[[Commit, Options], None]] = {
    "natural": natural.find,
    "independent": rollouts.find,
    "collab": rollouts.find,
    "collab_v2": rollouts.find,
    "joint": rollouts.find,
    "critique_aware": rollouts.find,
}


class NotLabelledError(StoreError):
    """No candidate of the chosen runs has a verdict."""


def mine(
    lake: Lake,
    name: str,
    runs: Sequence[str],
    options: Options,
    *,
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> Recorded:
    """Mine the pairs of runs of one benchmark, as one pair set in one commit.

    Args:
        lake: The lake.
        name: Name of the new pair set.
        runs: Runs to mine; each question of each run by itself.
        options: How.
        arguments: Recorded with the snapshot.
        dry_run: Find everything, and write nothing.

    Raises:
        NameNotFoundError: A run, the comparator or the gold revision is not in the lake.
        NotLabelledError: The comparator has judged nothing of these runs.
        PairSetExistsError: There is a pair set of that name that holds something else.
    """
    runs = sorted(set(runs))
    if options.per_group < 1:
        raise BadCountError(f"{options.per_group} pairs of a prompt are none.", "Give a number of at least 1.")
    require(lake, "run", runs)
    require(lake, "comparator", [options.comparator])
    require(lake, "gold_revision", [options.gold_revision])
    benchmark, revision = _benchmark(lake, runs)
    with lake.commit(f"mine {options.mode} pairs: {name}", command="pairs mine", arguments=arguments, dry_run=dry_run) as commit:
        commit.execute(
            f"CREATE TEMP TABLE judged AS {(_SQL / 'judged.sql').read_text('utf-8')}",
            comparator=options.comparator,
            gold_revision=options.gold_revision,
            runs=list(runs),
            max_turns=options.max_turns,
        )
        _require_verdicts(commit, runs, options.comparator)
        MODES[options.mode](commit, options)
        used = commit.execute(
            "SELECT any_value(version), any_value(settings) FROM lake.run_comparators"
            " WHERE comparator = $comparator AND list_contains($runs::VARCHAR[], run)",
            comparator=options.comparator,
            runs=list(runs),
        ).fetchone()
        version, settings = used or (None, None)
        parameters = {**options._asdict(), "types": list(options.types), "runs": list(runs)}
        pair_set = PairSet(
            name,
            "mined",
            {**parameters, "comparator_version": version, "settings": settings},
            [{"run": run} for run in runs],
            benchmark,
            revision,
        )
        return record(lake, commit, pair_set)


def _benchmark(lake: Lake, runs: Sequence[str]) -> tuple[str, str]:
    found = lake.sql(
        "SELECT DISTINCT benchmark, revision FROM runs WHERE list_contains($runs::VARCHAR[], run) ORDER BY ALL", runs=list(runs)
    ).fetchall()
    if len(found) != 1:
        listed = ", ".join(f"{benchmark} {revision}" for benchmark, revision in found)
        raise StoreError(f"The runs answer different benchmarks: {listed}.", "Mine the runs of one benchmark at a time.")
    return found[0][0], found[0][1]


def _require_verdicts(commit: Commit, runs: Sequence[str], comparator: str) -> None:
    judged = {run for (run,) in commit.execute("SELECT DISTINCT run FROM judged WHERE verdict <> 'unknown'").fetchall()}
    missing = [run for run in runs if run not in judged]
    if missing:
        hint = "Choose a comparator that has judged them with --comparator, or run: t2s execute, then t2s label"
        raise NotLabelledError(f"{comparator} has judged no candidate of {', '.join(missing)}.", hint)
