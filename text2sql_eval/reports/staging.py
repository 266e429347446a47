"""Temporary tables of a report: the pairs of every version with their measures, their questions and their lengths."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from store.scratch import Scratch
from text2sql_eval.reports import bins, lengths
from text2sql_eval.reports.bins import Bins
from text2sql_eval.reports.versions import Version

_SQL = files("text2sql_eval") / "reports" / "sql"

Row = dict[str, Any]


def text(name: str) -> str:
    """The text of one of the report's queries."""
    return (_SQL / f"{name}.sql").read_text("utf-8")


def rows(scratch: Scratch, name: str, **parameters: object) -> list[Row]:
    """The rows of one of the report's queries."""
    result = scratch.execute(text(name), **parameters)
    columns = [column[0] for column in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def stage_pairs(scratch: Scratch, versions: Sequence[Version]) -> None:
    """Make `report_versions`, `report_members`, `report_pairs`, `report_texts` and `report_questions`."""
    scratch.execute(
        "CREATE TEMP TABLE report_versions (version INTEGER, name VARCHAR, pair_set VARCHAR, pin VARCHAR, pin_version INTEGER)"
    )
    for number, version in enumerate(versions):
        scratch.execute(
            "INSERT INTO report_versions VALUES ($number, $name, $pair_set, $pin, $pin_version)",
            number=number,
            name=version.label,
            pair_set=version.pair_set,
            pin=version.pin,
            pin_version=version.pin_version,
        )
    scratch.execute(f"CREATE TEMP TABLE report_members AS {text('members')}")
    scratch.execute(f"CREATE TEMP TABLE report_pairs AS {text('measured')}")
    scratch.execute(f"CREATE TEMP VIEW report_texts AS {text('texts')}")
    scratch.execute(f"CREATE TEMP TABLE report_questions AS {text('questions')}")


def stage_lengths(scratch: Scratch, tokenizer: Path | None) -> None:
    """Make `report_lengths`, in tokens where there is a tokenizer and in characters where there is none, and `report_values`."""
    if tokenizer is not None:
        lengths.count_tokens(scratch, text("distinct_texts"), lengths.token_counter(tokenizer))
    name = "character_lengths" if tokenizer is None else "token_lengths"
    scratch.execute(f"CREATE TEMP TABLE report_lengths AS {text(name)}")
    scratch.execute(f"CREATE TEMP VIEW report_values AS {text('values')}")


def stage_bins(scratch: Scratch, measures: Sequence[Row]) -> dict[str, Bins]:
    """Choose the bins of each measure over all versions, and make `report_bins`."""
    chosen = {"edit_ratio": bins.RATIO, "word_edit_ratio": bins.RATIO}
    for measure in ("margin", "length_difference", "total_size"):
        found = [row for row in measures if row["measure"] == measure and row["type"] is None]
        if not found:
            continue
        least, most = min(row["least"] for row in found), max(row["most"] for row in found)
        low, high = min(row["p5"] for row in found), max(row["p95"] for row in found)
        beyond = (high - low) / 4
        if measure == "margin":
            low, high, beyond = least, most, 0.0
        chosen[measure] = bins.around(low - beyond, high + beyond, least, most, whole=measure != "margin")
    scratch.execute("CREATE TEMP TABLE report_bins (measure VARCHAR, low DOUBLE, width DOUBLE, bins INTEGER)")
    for measure, of_measure in chosen.items():
        scratch.execute(
            "INSERT INTO report_bins VALUES ($measure, $low, $width, $bins)",
            measure=measure,
            low=of_measure.low,
            width=of_measure.width,
            bins=of_measure.bins,
        )
    return chosen
