"""Curves over k and headroom of a leaderboard."""

from typing import Any

from text2sql_eval.reports.blocks import NOTHING, Cell, Chart, Column, Section, Table, percent, words
from text2sql_eval.reports.leaderboard.headings import heading

Board = dict[str, Any]

_MOST_COLUMNS = 16
_STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_PICKS = (("selector", "majority"), ("pick_rate", "pick_rate"), ("pick_rate_mixed", "pick_rate_mixed"))
PARTS = (("right", 1.0), ("lost by the pick", 0.5), ("beyond the oracle", 0.16))
"""What the questions of a run are divided into, and how opaque each part is."""


def picks(board: Board, colours: int) -> Section | None:
    """What selectors picked on each run, beside the majority vote."""
    rows = []
    for place, run in enumerate(board["runs"]):
        own = run["figures"]
        for name in [None, *(metric.partition(":")[2] for metric in own if metric.startswith("selector:"))]:
            metrics = [f"{what}:{name}" if name else vote for what, vote in _PICKS]
            cells = [_at(own.get(metric)) for metric in metrics]
            rows.append([Cell(run["run"], version=place if place < colours else None), words(name or "majority vote"), *cells])
    if len(rows) == len(board["runs"]):
        return None
    headings = ("EX", "Pick-rate", "Pick-rate, mixed")
    columns = [Column("Run"), Column("Who picks"), *(Column(name, right=True) for name in headings)]
    text = "Pick-rate: right picks of the questions with a correct sample; mixed: of those that have a wrong one as well."
    return Section("picks", "What selectors pick", text, [Table("picks", "", columns, rows, look="dense")])


def curves(board: Board, colours: int) -> Section | None:
    """What more samples give: oracle, expected majority, and selectors that chose among fewer."""
    runs = [(place, run) for place, run in enumerate(board["runs"]) if run["curves"]]
    if not runs:
        return None
    most = max(run["k"] for _, run in runs)
    shown_k = range(1, most + 1) if most <= _MOST_COLUMNS else [k for k in _STEPS if k < most] + [most]
    series = list(dict.fromkeys(heading(metric) for _, run in runs for metric in run["curves"]))
    rows, cells = [], []
    for place, run in runs:
        for metric, points in run["curves"].items():
            values = {point["k"]: point for point in points if point["value"] is not None}
            cells.append([words(run["run"]), words(heading(metric)), *(_at(values.get(k)) for k in shown_k)])
            if place < colours:
                rows += [
                    {
                        "version": place,
                        "series": heading(metric),
                        "k": k,
                        **{name: None if point[name] is None else 100 * point[name] for name in ("value", "lower", "upper")},
                    }
                    for k, point in values.items()
                ]
    coloured = [place for place, _ in runs if place < colours]
    note = (
        "Oracle: some of k samples is correct. Majority: what a vote among k of the samples is expected to get "
        "right; a vote of two "
        "is no better than a pick at random."
    )
    if len(coloured) < len(runs):
        note += f" The chart shows the first {len(coloured)} of {len(runs)} runs, the table all."
    columns = [Column("Run"), Column("At k"), *(Column(str(k), right=True) for k in shown_k)]
    table = Table("curves", "Per cent, by number of samples", columns, cells, look="dense")
    if not rows:
        return Section("curves", "Curves over k", note, [table])
    data = {"rows": rows, "series": series, "versions": coloured}
    return Section(
        "curves", "Curves over k", "What more samples give.", [Chart("curves", "By samples", note, "curves", data, table)]
    )


def _at(point: dict[str, Any] | None) -> Cell:
    if point is None or point["value"] is None:
        return NOTHING
    note = "" if point["lower"] is None else f"{100 * point['lower']:.1f} \N{EN DASH} {100 * point['upper']:.1f}"
    return percent(point["value"], note)


def headroom(board: Board, colours: int) -> Section | None:
    """What is missing to 100: how much of it no pick could give, and how much the pick lost."""
    rows, cells = [], []
    for place, run in enumerate(board["runs"]):
        for one in run["headroom"]:
            label = f"{run['run']} \N{MIDDLE DOT} {one['pick']}"
            reached = 0.0
            for (part, _), name in zip(PARTS, ("right", "lost", "beyond"), strict=True):
                value = 100 * one[name]
                if place < colours:
                    rows.append(
                        {"label": label, "version": place, "part": part, "value": value, "from": reached, "to": reached + value}
                    )
                reached += value
            shares = [percent(one[name]) for name in ("right", "lost", "beyond", "share")]
            cells.append([words(run["run"]), words(one["pick"]), *shares, Cell(f"{one['n']:,}", one["n"])])
    if not cells:
        return None
    headings = ("Right", "Lost by the pick", "Beyond the oracle", "The pick's share of what is missing", "n")
    columns = [Column("Run"), Column("Who picks"), *(Column(name, right=True) for name in headings)]
    table = Table("headroom", "What is missing to 100, per cent", columns, cells)
    text = (
        "What is missing to 100, in two parts: questions with a correct sample of which another one was picked, which a better "
        "pick could win, and questions without a correct sample, which need other samples."
    )
    if not rows:
        return Section("headroom", "Headroom", text, [table])
    data = {"rows": rows, "parts": PARTS}
    return Section(
        "headroom", "Headroom", text, [Chart("headroom", "Right, lost, and beyond the oracle", "", "stack", data, table)]
    )
