"""Histograms of a report: the same bins for every version, as a chart and as a table."""

from typing import Any

from text2sql_eval.reports.bins import Bins
from text2sql_eval.reports.blocks import Cell, Chart, Column, Table, signed, words


def histogram(
    report: dict[str, Any], measure: str, title: str, axis: str, *, zero: bool = False, rule: float | None = None
) -> Chart | str:
    """The histogram of a measure; a sentence where no pair has it.

    Args:
        report: The report.
        measure: Which measure.
        title: Heading.
        axis: What the values are.
        zero: Mark zero.
        rule: Mark this value, such as a limit.
    """
    if measure not in report["bins"]:
        return f"{title}: not known for any pair."
    bins = Bins(**report["bins"][measure])
    counts = [version["histograms"][measure] for version in report["versions"]]
    totals = [max(sum(of_version), 1) for of_version in counts]
    used = [place for place in range(bins.bins) if any(of_version[place] for of_version in counts)]
    rows = []
    for place in used:
        cells = [
            Cell(
                f"{of_version[place]:,}", of_version[place], f"{100 * of_version[place] / total:.2f} %", of_version[place] / total
            )
            for of_version, total in zip(counts, totals, strict=True)
        ]
        rows.append([words(_label(bins, place)), *cells])
    versions = [Column(version["name"], right=True, version=place) for place, version in enumerate(report["versions"])]
    data = {
        "rows": [
            {
                "low": bins.edges(place)[0],
                "high": bins.edges(place)[1],
                "version": version,
                "value": of_version[place],
                "share": round(of_version[place] / totals[version], 6),
                "label": _label(bins, place),
            }
            for version, of_version in enumerate(counts)
            for place in range(bins.bins)
            if of_version[place]
        ],
        "low": bins.edges(0)[0],
        "high": bins.edges(bins.bins - 1)[1],
        "axis": axis,
        "rules": [*([0.0] if zero else []), *([rule] if rule is not None else [])],
    }
    of_each = ", ".join(
        f"{version['name']} n = {sum(found):,}" for version, found in zip(report["versions"], counts, strict=True)
    )
    beyond = " What is beyond the axis is in the outermost bars." if bins.below or bins.above else ""
    return Chart(
        measure.replace("_", "-"),
        title,
        f"Share of the pairs of each version; {of_each}.{beyond}",
        "histogram",
        data,
        Table(measure.replace("_", "-"), title, [Column("From \N{EN DASH} to"), *versions], rows),
    )


def _label(bins: Bins, place: int) -> str:
    """What a bin holds."""
    low, high = (signed(f"{edge:,.6g}") for edge in bins.edges(place))
    if bins.below and place == 0:
        return f"below {high}"
    if bins.above and place == bins.bins - 1:
        return f"{low} and above"
    return f"{low} \N{EN DASH} {high}"
