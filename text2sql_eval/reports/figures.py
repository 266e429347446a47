"""The figures of one version of a report: what was counted in SQL, named, with what it was divided by and what is not in it."""

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from text2sql_eval.reports import staging
from text2sql_eval.reports.bins import Bins
from text2sql_eval.reports.versions import Version

MOST_PAIRS = 10
"""Questions with so many pairs or more are counted together."""

_MEASURES = ("margin", "edit_ratio", "word_edit_ratio", "chosen_length", "rejected_length", "length_difference", "total_size")


def figures_of(
    version: Version,
    counts: list[staging.Row],
    measures: list[staging.Row],
    tables: dict[str, list[staging.Row]],
    contamination: dict[str, list[staging.Row]] | None,
    over: dict[str | None, int] | None,
    bins: dict[str, Bins],
) -> dict[str, Any]:
    """All that is said about one version."""
    whole = next((row for row in counts if row["type"] is None), None)
    of_types = [row for row in counts if row["type"] is not None]
    spread: dict[str | None, dict[str, Any]] = defaultdict(dict)
    for row in measures:
        spread[row["type"]][row["measure"]] = _spread(row)
    figures = _figures(whole, spread[None], over.get(None, 0) if over is not None else None)
    histograms = {name: [0] * of_measure.bins for name, of_measure in bins.items()}
    for row in tables["histograms"]:
        histograms[row["measure"]][row["bin"]] = row["pairs"]
    return {
        "name": version.label,
        "kind": version.kind,
        **{name: _json(value) for name, value in version.facts.items()},
        "rows_without_pair": max(0, version.facts["rows"] - figures["pairs"]),
        **figures,
        "type_entropy": {"value": _entropy([row["pairs"] for row in of_types]), "n": figures["pairs"]},
        "types": [
            {
                "type": row["type"],
                "origin": row["origins"],
                "agent": row["agents"],
                "share": _share(row["pairs"], figures["pairs"]),
                **_figures(row, spread[row["type"]], over.get(row["type"], 0) if over is not None else None),
            }
            for row in of_types
        ],
        "histograms": histograms,
        "statuses": {
            side: {row["status"]: row["pairs"] for row in tables["statuses"] if row["side"] == side}
            for side in ("chosen", "rejected")
        },
        "yield": _yield(tables),
        "drops": [_without_version(row) for row in tables["drops"]],
        "critique_sensitivity": [_without_version(row) for row in tables["sensitivity"] if _asked(version, row)],
        "contamination": _contamination(contamination),
    }


def _figures(row: staging.Row | None, spread: dict[str, Any], over: int | None) -> dict[str, Any]:
    """The figures of the pairs of a version, or of one type of them."""
    count: dict[str, int] = defaultdict(int, row or {})
    pairs = count["pairs"]

    def known(n: int, of_n: int, executed: int) -> dict[str, Any]:
        return {
            **_share(n, of_n, {"not_known": pairs - of_n}),
            "by_our_execution": executed,
            "as_the_source_says": of_n - executed,
        }

    results = count["with_results"]
    related = count["same_result"] + count["different_result"] + count["rejected_failed"]
    return {
        "pairs": pairs,
        "natural": count["natural_pairs"],
        "gold": count["gold_pairs"],
        "synthetic": count["synthetic_pairs"],
        "synthetic_fraction": _share(count["synthetic_pairs"], pairs),
        "questions": count["questions"],
        "databases": count["databases"],
        "unmatched": count["unmatched"],
        **{name: spread.get(name) or _nothing() for name in _MEASURES},
        "duplicates": _share(pairs - count["distinct_pairs"], pairs),
        "near_duplicates": _share(results - count["distinct_results"], results, {"a_result_is_not_known": pairs - results}),
        "chosen_executable": known(count["chosen_executable"], count["chosen_known"], count["chosen_executed"]),
        "rejected_executable": known(count["rejected_executable"], count["rejected_known"], count["rejected_executed"]),
        "hard_negatives": known(
            count["hard_negatives"], count["hard_known"], min(count["hard_known"], count["rejected_executed"])
        ),
        "result_relation": {
            "different": count["different_result"],
            "same": count["same_result"],
            "rejected_failed": count["rejected_failed"],
            "not_known": pairs - related,
        },
        "same_result": _share(count["same_result"], related, {"not_known": pairs - related}),
        "chosen_longer": _share(count["chosen_longer"], pairs),
        "rejected_longer": _share(count["rejected_longer"], pairs),
        "over_limit": None if over is None else _share(over, _n(spread), {"prompt_not_known": pairs - _n(spread)}),
    }


def _n(spread: dict[str, Any]) -> int:
    """Pairs whose whole length is known."""
    return int((spread.get("total_size") or {"n": 0})["n"])


def _yield(tables: dict[str, list[staging.Row]]) -> dict[str, Any]:
    """What mining gave; `questions` is None where nothing says which questions were looked at."""
    whole = next((row for row in tables["yields"] if row["agent"] is None), None)
    looked = bool(whole and whole["questions"])
    return {
        "questions": whole["questions"] if whole and looked else None,
        "with_pair": _share(whole["with_pair"], whole["questions"]) if whole and looked else None,
        "pairs": whole["pairs"] if whole else 0,
        "pairs_per_question": _ratio(whole["pairs"], whole["questions"]) if whole and looked else None,
        "other_questions": whole["other_questions"] if whole else 0,
        "other_pairs": whole["other_pairs"] if whole else 0,
        "agents": [_without_version(row) for row in tables["yields"] if row["agent"] is not None],
        "reasons": [_without_version(row) for row in tables["yield_reasons"]],
        "spread": {str(row["pairs"]): row["questions"] for row in tables["yield_spread"]},
        "spread_most": MOST_PAIRS,
        "databases": [
            {
                "db_id": row["db_id"],
                "questions": row["looked_at"] if looked else None,
                "with_pair": row["with_pair"],
                "pairs": row["pairs"],
                "pairs_per_question": _ratio(row["pairs"], row["looked_at"]) if looked else None,
            }
            for row in tables["yield_databases"]
        ],
    }


def _contamination(found: dict[str, list[staging.Row]] | None) -> dict[str, Any] | None:
    """Overlaps by question, by text and by database."""
    if found is None:
        return None
    rules: dict[str, Any] = {}
    for row in found["counts"]:
        rules[row["rule"]] = {
            "questions": _share(row["questions"], row["n_questions"]),
            "pairs": _share(row["pairs"], row["n_pairs"], {"question_not_known": row["unknown_pairs"]}),
        }
    return {**rules, "examples": [_without_version(row) for row in found["examples"]]}


def _asked(version: Version, row: staging.Row) -> bool:
    """Whether a row is about the comparator and golds that the pairs were mined with; all are where that is not stated."""
    stated = _json(version.facts["parameters"])
    settings = stated if isinstance(stated, dict) else {}
    return all(settings.get(name) in {None, row[name]} for name in ("comparator", "gold_revision"))


def _spread(row: staging.Row) -> dict[str, Any]:
    """A measure in a few numbers."""
    return {"n": row["n"], **{name: _round(row[name]) for name in ("mean", "least", "p5", "median", "p95", "most")}}


def _nothing() -> dict[str, Any]:
    return {"n": 0, **dict.fromkeys(("mean", "least", "p5", "median", "p95", "most"))}


def _share(count: int, n: int, excluded: dict[str, int] | None = None) -> dict[str, Any]:
    left_out = {reason: number for reason, number in (excluded or {}).items() if number}
    return {"value": _ratio(count, n), "count": count, "n": n, "excluded": left_out}


def _ratio(count: int, n: int) -> float | None:
    return round(count / n, 6) if n else None


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _entropy(counts: Sequence[int]) -> float | None:
    """Entropy of a distribution in bits."""
    total = sum(counts)
    return round(-math.fsum(n / total * math.log2(n / total) for n in counts) + 0.0, 6) if total else None


def _without_version(row: staging.Row) -> staging.Row:
    return {name: _round(value) if isinstance(value, float) else value for name, value in row.items() if name != "version"}


def _json(value: object) -> object:
    """A JSON column as what it holds."""
    return json.loads(value) if isinstance(value, str) and value[:1] in {"{", "["} else value
