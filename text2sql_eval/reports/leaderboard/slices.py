"""Heat maps of a leaderboard, by database and by difficulty, and its types of errors."""

from typing import Any

from text2sql_eval.reports.blocks import NOTHING, Cell, Chart, Column, Section, Table, percent, readable, words
from text2sql_eval.reports.leaderboard.headings import heading

Report = dict[str, Any]
Board = dict[str, Any]

_FOLD = 40
_SHOWN = 12


def heat(report: Report, board: Board, dimension: str) -> Section | None:
    """One figure of every run in every slice, the hardest slices first; None where there are no two slices."""
    found = board[dimension]
    if len([one for one in found if one["slice"] is not None]) < 2:  # noqa: PLR2004
        return None
    metric = report["options"]["rank_by"]
    runs = [run["run"] for run in board["runs"]]
    values = [of["value"] for one in found for of in one["runs"].values() if of["value"] is not None]
    if not values:
        return None
    low, high = min(values), max(values)
    ordered = sorted(found, key=_mean) if dimension == "database" else found
    rows = []
    for one in ordered:
        sizes = [of["n"] for of in one["runs"].values()]
        n = f"{min(sizes):,}" if min(sizes) == max(sizes) else f"{min(sizes):,} \N{EN DASH} {max(sizes):,}"
        cells = [_cell(one["runs"].get(run), low, high) for run in runs]
        rows.append([words(one["slice"] or "none stated"), Cell(n, max(sizes)), *cells])
    several = [Column(run, right=True, version=place if place < 6 else None) for place, run in enumerate(runs)]  # noqa: PLR2004
    columns = [Column(readable(dimension).capitalize()), Column("n", right=True), *several]
    order = ", the hardest first" if dimension == "database" else ""
    text = (
        f"{heading(metric)} in per cent by {dimension}{order}: the stronger the colour, the higher, from {100 * low:.1f} to "
        f"{100 * high:.1f}. Few questions make extreme figures; there are no intervals here."
    )
    table = Table(dimension, "", columns, rows, fold=_FOLD, look="heat")
    return Section(f"by-{dimension}", f"By {dimension}", text, [table])


def _mean(one: dict[str, Any]) -> tuple[float, str]:
    values = [of["value"] for of in one["runs"].values() if of["value"] is not None]
    return (sum(values) / len(values) if values else 2.0, one["slice"] or "")


def _cell(of: dict[str, Any] | None, low: float, high: float) -> Cell:
    if of is None or of["value"] is None:
        return NOTHING
    part = (of["value"] - low) / (high - low) if high > low else 1.0
    return Cell(f"{100 * of['value']:.1f}", of["value"], "", part)


def types(board: Board, colours: int) -> Section | None:
    """What is wrong with the final answers of each run."""
    found = board["types"]
    if not found or not found["types"]:
        return None
    runs = [run["run"] for run in board["runs"]]
    rows = []
    for name, of in found["types"].items():
        cells = [
            percent(of[run]["share"], f"{of[run]['answers']:,} answers, {of[run]['questions']:,} questions", bar=True)
            if run in of
            else NOTHING
            for run in runs
        ]
        rows.append([words(readable(name)), *cells])
    columns = [
        Column("Type"),
        *(Column(run, right=True, version=place if place < colours else None) for place, run in enumerate(runs)),
    ]
    text = (
        "What is wrong with the final answers: how many of all final answers of a run, per cent. t2s taxonomy "
        "says more: the first "
        "turn, repairs, and for whom an error can be seen."
    )
    table = Table("types", "Types of errors", columns, rows)
    data = {
        "rows": [
            {"label": readable(name), "version": place, "value": of.get(run, {"answers": 0})["answers"]}
            for name, of in list(found["types"].items())[:_SHOWN]
            for place, run in enumerate(runs[:colours])
        ],
        "axis": "answers",
        "versions": list(range(len(runs[:colours]))),
    }
    return Section("types", "What is wrong", text, [Chart("types", "Types of errors", "", "bars", data, table)])


def clauses(board: Board, colours: int) -> Section | None:
    """In which clauses wrong answers differ from the gold, as far as that was looked at."""
    found = (board["types"] or {}).get("clauses")
    if not found:
        return None
    runs = [run["run"] for run in board["runs"]]
    columns = [
        Column("Clause"),
        *(Column(run, right=True, version=place if place < colours else None) for place, run in enumerate(runs)),
    ]
    rows = [
        [words(readable(name)), *(Cell(f"{of[run]:,}", of[run]) if run in of else NOTHING for run in runs)]
        for name, of in found.items()
    ]
    text = "Wrong answers by the clauses in which they differ from the gold, as parsed; one may differ in several."
    return Section("clauses", "Which clause differs", text, [Table("clauses", "", columns, rows, look="dense")])
