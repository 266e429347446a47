"""Recording a pair set: what was found in temporary tables becomes rows of the lake, with identities and distances.

Every way to get pairs ends here, so that a pair has the same identity and the same measures however it was found.
"""

from datetime import UTC, datetime
from importlib.resources import files
from typing import NamedTuple

import pyarrow as pa

from store import Commit, Lake, StoreError
from store.ids import JSON, canonical_json
from text2sql_data.lookups import check_name
from text2sql_data.pairs.measures import EditRatios, edit_ratios

_SQL = files("text2sql_data") / "pairs" / "sql"
_BATCH = 50_000


class PairSetExistsError(StoreError):
    """There is a pair set of that name, and it holds something else."""


class PairSet(NamedTuple):
    """What a pair set is, for its row in `pair_sets`.

    Attributes:
        name: Its name.
        kind: mined, synthesised, imported or selected.
        parameters: Everything that decided what is in it.
        parents: What it was made from: `{"run": name}`, `{"file": path, "sha256": hex}` or `{"pair_set": name}`.
        benchmark: Benchmark of the questions; None where there are several.
        revision: Revision of the benchmark.
    """

    name: str
    kind: str
    parameters: JSON
    parents: JSON
    benchmark: str | None = None
    revision: str | None = None


class Recorded(NamedTuple):
    """What a pair set holds.

    Attributes:
        name: Its name.
        pairs: Pairs by type.
        dropped: Pairs that were left out, by reason.
        without: Questions without a pair, by agent and reason.
        already: Whether the very same set was there already, so that nothing was written.
    """

    name: str
    pairs: dict[str, int]
    dropped: dict[str, int]
    without: dict[tuple[str, str], int]
    already: bool


def record(lake: Lake, commit: Commit, pair_set: PairSet) -> Recorded:
    """Append a pair set to a commit.

    It reads temporary tables of the commit:

    - `found_pairs`: the columns of `pairs` but pair_set, pair, edit_ratio and word_edit_ratio (context may be left out), and
      `place`, a number that orders them. Of pairs with the same identity the first counts, the others are dropped as
      `duplicate`; a pair of equal texts is dropped as `same_text`;
    - `found_drops`, where there is one: the columns of `pair_drops` but pair_set;
    - `found_yields`, where there is one: the columns of `pair_yields` but pair_set and pairs: every question that was looked
      at, with the reason that holds if it gave no pair.

    Raises:
        PairSetExistsError: There is a set of that name that holds something else.
        BadNameError: The name cannot be given to anything.
    """
    check_name("pair set", pair_set.name)
    commit.execute("SET VARIABLE pair_set = $name", name=pair_set.name)
    for optional in ("found_drops", "found_yields"):
        commit.execute(_text(optional))
    commit.execute("ALTER TABLE temp.found_pairs ADD COLUMN IF NOT EXISTS context VARCHAR")
    commit.execute(f"CREATE OR REPLACE TEMP TABLE identified_pairs AS {_text('identified_pairs')}")
    commit.execute(f"CREATE OR REPLACE TEMP TABLE new_drops AS {_text('new_drops')}")
    already = _is_there(commit, pair_set)
    if not already:
        _measure(commit)
        commit.append("pairs", _text("new_pairs"))
        commit.append("pair_drops", "FROM new_drops")
        commit.append("pair_yields", _text("new_yields"))
    pairs = dict(
        commit.execute("SELECT type, count(*) FROM identified_pairs WHERE drop IS NULL GROUP BY ALL ORDER BY ALL").fetchall()
    )
    dropped = dict(commit.execute("SELECT reason, count(*) FROM new_drops GROUP BY ALL ORDER BY ALL").fetchall())
    without = commit.execute(
        f"SELECT agent, reason, count(*) FROM ({_text('new_yields')}) WHERE reason IS NOT NULL GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    if not already:
        row = {
            "pair_set": pair_set.name,
            "kind": pair_set.kind,
            "benchmark": pair_set.benchmark,
            "revision": pair_set.revision,
            "parameters": canonical_json(pair_set.parameters),
            "parents": canonical_json(pair_set.parents),
            "snapshot": lake.version,
            "n_pairs": sum(pairs.values()),
            "n_dropped": sum(dropped.values()),
            "added": datetime.now(UTC).replace(tzinfo=None),
        }
        commit.append("pair_sets", [row])
    return Recorded(pair_set.name, pairs, dropped, {(agent, reason): count for agent, reason, count in without}, already)


def _is_there(commit: Commit, pair_set: PairSet) -> bool:
    """Whether this very set is in the lake; an error when another one has its name."""
    row = commit.execute("SELECT kind, parameters FROM lake.pair_sets WHERE pair_set = getvariable('pair_set')").fetchone()
    if row is None:
        return False
    if row == (pair_set.kind, canonical_json(pair_set.parameters)):
        (differing,) = commit.execute(_text("differing_pairs")).fetchone() or (0,)
        if not differing:
            return True
        why = f"with the same parameters; {differing} pairs differ, because the lake has changed since"
    else:
        why = "made in another way (see: t2s pairs list)"
    raise PairSetExistsError(
        f"There is a pair set {pair_set.name} already, {why}.", "A set never changes: give this one another name with --name."
    )


def _measure(commit: Commit) -> None:
    """Fill `pair_distances`, batch by batch."""
    commit.execute("CREATE OR REPLACE TEMP TABLE pair_distances (pair UUID, edit_ratio DOUBLE, word_edit_ratio DOUBLE)")
    reader = commit.execute(
        "SELECT pair::VARCHAR AS pair, chosen, rejected FROM identified_pairs WHERE drop IS NULL"
    ).to_arrow_reader(_BATCH)
    measured = []
    for batch in reader:
        texts = zip(batch["chosen"].to_pylist(), batch["rejected"].to_pylist(), strict=True)
        ratios = edit_ratios(texts)
        columns = {name: [ratio[place] for ratio in ratios] for place, name in enumerate(EditRatios._fields)}
        measured.append(pa.table({"pair": batch["pair"], **columns}))
    if measured:
        commit.stage("measured", pa.concat_tables(measured))
        commit.execute("INSERT INTO pair_distances SELECT pair::UUID, edit_ratio, word_edit_ratio FROM measured")


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
