"""The figures of a report over preference pairs, as one JSON value that the page, the Markdown and the terminal show.

Everything is counted in SQL over the pairs of each version; only the examples bring texts. A share is `{value, count, n,
excluded}`: what it is, of how many, and how many are not in n for which reason. The same lake
and the same options give the same value.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from store import Lake
from store.commit import versions as software
from store.scratch import Scratch
from text2sql_data.lookups import require
from text2sql_eval.reports import examples, staging
from text2sql_eval.reports.figures import MOST_PAIRS, figures_of
from text2sql_eval.reports.versions import find

FORMAT = 1
"""Version of the JSON's form."""

Report = dict[str, Any]

_SOFTWARE = ("text2sql-store", "duckdb", "sqlglot")
_MOST_OVERLAPS = 20


class Options(NamedTuple):
    """How a report is made.

    Attributes:
        against: Benchmark that is to evaluate what is trained; overlaps with it are counted.
        tokenizer: Where a tokenizer is; without one, lengths are in characters.
        max_length: The trainer's limit, in tokens.
        examples: Pairs to show of each type and version.
        seed: Which ones.
        title: Heading of the report.
    """

    against: str | None = None
    tokenizer: Path | None = None
    max_length: int | None = None
    examples: int = 10
    seed: int = 0
    title: str = ""


def pair_report(lake: Lake, names: Sequence[str], options: Options | None = None) -> Report:
    """Everything that a report says about pair sets and datasets, side by side.

    Args:
        lake: The lake, now or at a version.
        names: Pair sets, or datasets as name@version, at most six.
        options: How.

    Raises:
        NameNotFoundError: A pair set, dataset or benchmark is not in the lake.
        NoPairsError: A dataset was not made from pairs.
        TokenizerError: The tokenizer cannot be read.
    """
    options = options or Options()
    versions = find(lake, names)
    require(lake, "benchmark", [options.against] if options.against else None)
    with lake.scratch() as scratch:
        staging.stage_pairs(scratch, versions)
        staging.stage_lengths(scratch, options.tokenizer)
        measures = staging.rows(scratch, "measures")
        bins = staging.stage_bins(scratch, measures)
        counts = staging.rows(scratch, "counts")
        tables = {
            name: _by_version(staging.rows(scratch, name, **parameters), len(versions)) for name, parameters in _QUERIES.items()
        }
        tables["sensitivity"] = _by_version(_sensitivity(scratch), len(versions))
        over = _over(staging.rows(scratch, "over_limit", limit=options.max_length)) if options.max_length else {}
        contamination = None
        if options.against:
            scratch.execute(f"CREATE TEMP TABLE report_overlaps AS {staging.text('overlaps')}", against=options.against)
            contamination = {
                "counts": _by_version(staging.rows(scratch, "overlap_counts"), len(versions)),
                "examples": _by_version(staging.rows(scratch, "overlap_examples", most=_MOST_OVERLAPS), len(versions)),
            }
        shown = examples.draw(scratch, options.seed, options.examples)
    return {
        "report": "pairs",
        "format": FORMAT,
        "title": options.title or f"Pair quality: {', '.join(version.label for version in versions)}",
        "lake_version": lake.version,
        "software": {name: software()[name] for name in _SOFTWARE if name in software()},
        "options": {
            "against": options.against,
            "tokenizer": options.tokenizer.name if options.tokenizer else None,
            "max_length": options.max_length,
            "examples": options.examples,
            "seed": options.seed,
        },
        "length_unit": "tokens" if options.tokenizer else "characters",
        "duplicate_key": ["db_id", "prompt", "chosen", "rejected"],
        "bins": {measure: of_measure._asdict() for measure, of_measure in bins.items()},
        "versions": [
            figures_of(
                version,
                [row for row in counts if row["version"] == number],
                [row for row in measures if row["version"] == number],
                {name: found[number] for name, found in tables.items()},
                {name: found[number] for name, found in contamination.items()} if contamination else None,
                {kind: count for (of, kind), count in over.items() if of == number} if options.max_length else None,
                bins,
            )
            for number, version in enumerate(versions)
        ],
        "examples": shown,
    }


_QUERIES: dict[str, dict[str, object]] = {
    "histograms": {},
    "statuses": {},
    "yields": {},
    "yield_reasons": {},
    "yield_spread": {"most": MOST_PAIRS},
    "yield_databases": {},
    "drops": {},
}


def _sensitivity(scratch: Scratch) -> list[staging.Row]:
    """Critique sensitivity of the runs behind agents' pairs; only where there are such pairs, for it reads every rollout."""
    (agents,) = scratch.execute("SELECT count(*) FROM report_pairs WHERE agent <> 'sql' AND run IS NOT NULL").fetchone() or (0,)
    return staging.rows(scratch, "sensitivity") if agents else []


def _over(found: list[staging.Row]) -> dict[tuple[int, str | None], int]:
    return {(row["version"], row["type"]): row["over"] for row in found}


def _by_version(found: list[staging.Row], versions: int) -> list[list[staging.Row]]:
    return [[row for row in found if row["version"] == number] for number in range(versions)]
