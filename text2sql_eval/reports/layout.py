"""From the figures to what is shown: sections with their tables, charts and notes. Nothing is counted here."""

import math
from typing import Any

from text2sql_eval.reports import exclusions, harvest, outcomes
from text2sql_eval.reports.blocks import Cell, Chart, Section, Table, count, number, share, spread
from text2sql_eval.reports.columns import Report, Version, broken, by_version, of_type, per_type, row, type_names
from text2sql_eval.reports.histograms import histogram


def sections(report: Report) -> list[Section]:
    """The sections in order; those about which the lake knows nothing say so in a sentence."""
    makers = (
        _key_figures,
        _types,
        _rewards,
        outcomes.execution,
        harvest.section,
        outcomes.lengths,
        exclusions.drops,
        exclusions.sensitivity,
        exclusions.contamination,
    )
    return [section for maker in makers if (section := maker(report)) is not None]


def _key_figures(report: Report) -> Section:
    unit = report["length_unit"]
    key = ", ".join(report["duplicate_key"])
    rows = [
        row(report, "Pairs", lambda v: count(v["pairs"], _rows_note(v))),
        row(
            report,
            "Questions",
            lambda v: count(v["questions"], f"{v['unmatched']:,} pairs without one" if v["unmatched"] else ""),
        ),
        row(report, "Databases", lambda v: count(v["databases"])),
        row(report, "Natural pairs", lambda v: count(v["natural"])),
        row(report, "Gold against a failed attempt", lambda v: count(v["gold"])),
        row(report, "Synthetic pairs", lambda v: count(v["synthetic"])),
        row(report, "Synthetic fraction", lambda v: share(v["synthetic_fraction"])),
        row(report, "Reward margin, mean", lambda v: spread(v["margin"], pairs=v["pairs"])),
        row(report, "Edit ratio (SQL tokens), mean", lambda v: spread(v["edit_ratio"], pairs=v["pairs"])),
        row(report, "Edit ratio (words), mean", lambda v: spread(v["word_edit_ratio"], pairs=v["pairs"])),
        row(report, f"Duplicates by {key}", lambda v: share(v["duplicates"])),
        row(report, "Near-duplicates", lambda v: share(v["near_duplicates"])),
        row(report, "Chosen executable", lambda v: _executable(v["chosen_executable"])),
        row(report, "Rejected executable", lambda v: _executable(v["rejected_executable"])),
        row(report, "Hard negatives", lambda v: _executable(v["hard_negatives"])),
        row(report, "Both return the same result", lambda v: share(v["same_result"])),
        row(report, "Entropy of types, bits", lambda v: number(v["type_entropy"]["value"])),
        row(report, "Chosen is longer", lambda v: share(v["chosen_longer"])),
        row(report, f"Prompt and longer answer, {unit}, mean", lambda v: spread(v["total_size"], 1, v["pairs"])),
    ]
    if report["options"]["max_length"]:
        rows.append(row(report, f"Longer than {report['options']['max_length']:,} tokens", lambda v: share(v["over_limit"])))
    note = (
        "Hard negative: the rejected SQL executes and is wrong (its reward is below 1). Near-duplicate: an earlier pair of the "
        "same question has the same two results. Edit ratio: token edit distance by the length of the longer side; over words it "
        "is that of published reports, which drop quotes and letters that are not ASCII."
    )
    return Section(
        "figures",
        "Key figures",
        "Each figure with what it was divided by. Whether a SQL executes is known by our own execution, else as the source says.",
        [Table("figures", "", by_version(report, "Figure"), rows), note],
    )


def _rows_note(version: Version) -> str:
    return f"{version['rows_without_pair']:,} rows not made from a pair" if version["rows_without_pair"] else ""


def _executable(of: dict[str, Any]) -> Cell:
    cell = share(of)
    said = of["as_the_source_says"]
    return cell._replace(note=f"{cell.note}; {said:,} as the source says") if said else cell


def _types(report: Report) -> Section:
    table = per_type(report, "types", "Pairs by type", lambda of: share(of["share"]))
    entropy = ", ".join(_entropy(version) for version in report["versions"] if version["pairs"])
    data = {
        "rows": [
            {"label": broken(kind), "version": place, "value": (of_type(version, kind) or {"pairs": 0})["pairs"]}
            for kind in type_names(report)
            for place, version in enumerate(report["versions"])
        ],
        "axis": "pairs",
    }
    return Section(
        "types",
        "Types of pairs",
        f"What is preferred to what. Entropy of the distribution: {entropy or 'no pairs'}.",
        [Chart("types", "Pairs by type", "", "bars", data, table)],
    )


def _entropy(version: Version) -> str:
    """The entropy of the types of a version, and what it is at most with so many types."""
    kinds = len(version["types"])
    most = f" (of at most {math.log2(kinds):.4f} with {kinds} types)" if kinds > 1 else ""
    return f"{version['name']} {version['type_entropy']['value']:.4f} bits{most}"


def _rewards(report: Report) -> Section:
    return Section(
        "margins",
        "Rewards and distances",
        "How far apart the two sides are: in reward, and in text. A ratio of 0 is the same tokens, 1 is nothing in common.",
        [
            histogram(report, "margin", "Reward margin", "reward of chosen less that of rejected"),
            per_type(report, "margin-by-type", "Reward margin by type: mean", lambda of: spread(of["margin"])),
            histogram(report, "edit_ratio", "Edit ratio over SQL tokens", "edit distance / length of the longer side"),
            histogram(
                report,
                "word_edit_ratio",
                "Edit ratio over words, as in published reports",
                "edit distance / length of the longer side",
            ),
            per_type(report, "edit-by-type", "Edit ratio over SQL tokens by type: mean", lambda of: spread(of["edit_ratio"])),
        ],
    )
