"""One pin with everything it takes to read it and to build it again, as a lake of its own, or as a frozen one for the web.

What is copied: the benchmarks, runs and pair sets that it was built from, as they were at its snapshot, with candidates,
critiques, labels, prompts and executions. Not copied: everything else in the lake, and the benchmarks' database files.
"""

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import store
from store import Lake, Pin, copying, pins
from store.address import Address
from store.ids import JSON, canonical_json
from store.scratch import Scratch
from text2sql_data.datasets.pinning import verify

_NEEDED = {
    "benchmarks": "(benchmark, revision) IN (FROM needed_benchmarks)",
    "questions": "(benchmark, revision) IN (FROM needed_benchmarks)",
    "golds": "(benchmark, revision) IN (FROM needed_benchmarks)",
    "databases": "benchmark IN (SELECT benchmark FROM needed_benchmarks)",
    "settings": "true",
    "comparators": "true",
    "runs": "run IN (FROM needed_runs)",
    "candidates": "run IN (FROM needed_runs)",
    "critiques": "candidate IN (FROM needed_candidates)",
    "labels": "candidate IN (FROM needed_candidates)",
    "executions": "(database, sql_id) IN (FROM needed_executions)",
    "plans": "(database, sql_id) IN (FROM needed_executions)",
    "pair_sets": "pair_set IN (FROM needed_pair_sets)",
    "pairs": "pair_set IN (FROM needed_pair_sets)",
    "pair_drops": "pair_set IN (FROM needed_pair_sets)",
    "pair_yields": "pair_set IN (FROM needed_pair_sets)",
    "prompts": "prompt IN (FROM needed_prompts)",
}
"""Which rows of a table a pin needs, over the tables that sql/needed/*.sql make."""

_SQL = Path(__file__).parent / "sql" / "needed"


class Published(NamedTuple):
    """What was published: the pin as it is there, the address, files and bytes, and whether it can be built again from it."""

    pin: Pin
    address: Address
    files: int
    bytes: int
    rebuilt: bool


def publish(lake: Lake, ref: str, target: Address, started: Callable[[int], Callable[[int], None]] | None = None) -> Published:
    """Copy one pin, with what it needs, to where there is no lake yet.

    Its rows and its digest stay the same; its snapshot is one of the new lake, and the old one stands in `summary`, under
    `published_from`. That it can be built again from what is there is tried, not assumed.

    Args:
        lake: The lake.
        ref: `name@version`, or `name` for its latest version.
        target: Where it is to be; of the kind `frozen` for a lake that is attached over a path or HTTP.
        started: See `store.copying.copy`.

    Raises:
        PinNotFoundError: There is no such pin.
        PinDigestError: Its rows are not what they were.
        StoreError: There is something at the target already.
    """
    wanted = pins.find(lake, ref)
    pins.check(lake, wanted)
    with tempfile.TemporaryDirectory(prefix="text2sql-publish-") as place:
        folder = Path(place) / "lake"
        with store.open(folder) as new:
            _copy(lake, new, wanted)
            rebuilt = verify(new, wanted.ref, examples=0).holds
        copied = copying.copy(store.address.parse(folder), target, started)
    with store.open(target, create=False) as there:
        return Published(pins.find(there, wanted.ref), target, copied.files, copied.bytes, rebuilt)


def _copy(lake: Lake, new: Lake, pin: Pin) -> None:
    with lake.at(pin.snapshot) as past, past.scratch() as scratch:
        _stage(scratch, pin)
        with new.commit(f"what {pin.ref} was built from", command="pin publish") as commit:
            for table, condition in _NEEDED.items():
                commit.append(table, scratch.execute(f"FROM {table} WHERE {condition}").to_arrow_reader(pins.BATCH))
    origin: JSON = {"snapshot": pin.snapshot, "added": str(pin.added)}
    row = pin._replace(snapshot=new.version, summary={**pin.summary, "published_from": origin})._asdict()
    with lake.scratch() as scratch, new.commit(f"pin {pin.ref}", command="pin publish") as commit:
        commit.append("pins", [{name: _plain(value) for name, value in row.items()}])
        for table in ("pin_rows", "pin_drops"):
            text = f"FROM {table} WHERE name = $name AND version = $version"
            rows = scratch.execute(text, name=pin.name, version=pin.version)
            commit.append(table, rows.to_arrow_reader(pins.BATCH))


def _stage(scratch: Scratch, pin: Pin) -> None:
    """Make the tables of what a pin needs."""
    named = {kind: [str(one["name"]) for one in pin.parents if one["kind"] == kind] for kind in ("run", "pair_set")}
    benchmarks = [f"{one['name']} {one['revision']}" for one in pin.parents if one["kind"] == "benchmark"]
    given: dict[str, dict[str, object]] = {
        "needed_pair_sets": {"pair_sets": named["pair_set"]},
        "needed_runs": {"runs": named["run"]},
        "needed_benchmarks": {"benchmarks": benchmarks},
        "needed_candidates": {},
        "needed_executions": {},
        "needed_prompts": {},
    }
    for name, parameters in given.items():
        text = (_SQL / f"{name}.sql").read_text("utf-8")
        scratch.execute(f"CREATE TEMP TABLE {name} AS {text}", **parameters)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value
    return canonical_json(value) if isinstance(value, (dict, list)) else value
