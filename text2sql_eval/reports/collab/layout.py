"""From two regimes to one screen: the verdict, one table with everything side by side, and the gaps as a chart."""

import shlex
from collections.abc import Iterator
from typing import Any

from text2sql_eval.learnt import from_json, without_run
from text2sql_eval.reports.blocks import Block, Cell, Chart, Column, Section, Table, percent, points, readable, words
from text2sql_eval.reports.collab import rows
from text2sql_eval.reports.compared.layout import interval
from text2sql_eval.reports.compared.verdicts import verdict
from text2sql_eval.reports.document import Document, Note, Verdict
from text2sql_eval.reports.made import made

Report = dict[str, Any]

_DEFAULTS: dict[str, Any] = {
    "comparator": "bird", "gold_revision": "original", "gate": "exec_ok", "cluster": "database", "level": 0.95,
    "resamples": 10_000, "seed": 0,
}  # fmt: skip
_NAMES = {"greedy": "planner@1", "pipeline": "pipeline@1", "majority": "majority"}


def document(report: Report) -> Document:
    """The report as a document."""
    runs = names(report)
    return Document(
        "Two regimes of validators",
        report["title"],
        made(report),
        command(report),
        [],
        [*_verdicts(report)],
        "What to know first",
        [*_notes(report)],
        [_screen(report), _gaps(report), *rows.details(report)],
        runs,
    )


def names(report: Report) -> list[str]:
    """The runs in their order."""
    options = report["options"]
    return [options["a"], options["b"], *options["further"]]


def command(report: Report) -> str:
    """The command that makes this report."""
    options = report["options"]
    parts = ["t2s", "report", "collab", options["a"], options["b"]]
    for run in options["further"]:
        parts += ["--further", run]
    for name in options["selectors"]:
        parts += ["--selector", name]
    for one in options["reported"]:
        many = f",{one['n']}" if one["n"] else ""
        parts += ["--reward-accuracy", f"{one['run']}:{one['validator']}={one['value']}{many}"]
    for name, default in _DEFAULTS.items():
        if options[name] != default:
            parts += [f"--{name.replace('_', '-')}", str(options[name])]
    parts += ["--allow-trained"] if options["allow_trained"] else []
    return shlex.join(parts)


def named(figure: dict[str, Any]) -> str:
    """What a figure is called."""
    if figure["metric"] == "oracle":
        return f"oracle@{figure['k']}"
    if figure["metric"].startswith("selector:"):
        return f"EX of {figure['metric'].removeprefix('selector:')}"
    metric: str = figure["metric"]
    return _NAMES.get(metric, metric)


def _verdicts(report: Report) -> Iterator[Verdict]:
    """The verdict on the selectors' picks where there are such, else on pipeline@1; a gap that a worse fixer bought is said."""
    options = report["options"]
    a, b = options["a"], options["b"]
    picked = [figure for figure in report["figures"] if figure["metric"].startswith("selector:")]
    picked = picked or [figure for figure in report["figures"] if figure["metric"] == "pipeline"]
    said = [
        (figure, verdict({"a": a, "b": b, "changes": {"warning": "", "things": []}, **figure}, named(figure)))
        for figure in picked
    ]
    yield from (one for figure, one in said if figure["winner"])
    none = [(figure, one) for figure, one in said if not figure["winner"]]
    if len(none) == 1:
        yield none[0][1]
    elif none:
        crossing = [
            figure
            for figure, _ in none
            if figure["gap"]["lower"] is not None and figure["gap"]["lower"] <= 0 <= figure["gap"]["upper"]
        ]
        others = [one.text for figure, one in none if figure not in crossing]
        gaps = [
            f"{named(figure)} ({points(figure['gap']['lower'])} to {points(figure['gap']['upper'])} points)"
            for figure in crossing
        ]
        why = f": the interval of the gap contains zero for {', '.join(gaps)}" if gaps else ""
        yield Verdict(f"{a} and {b}: no winner can be named{why}.", "open", others)
    yield from _worse(report, a, b)
    if report["changes"]["warning"]:
        yield Verdict(report["changes"]["warning"], "warning")


def _worse(report: Report, a: str, b: str) -> Iterator[Verdict]:
    """Figures in which both of the compared runs are below a further one: a gap may be won by making both worse."""
    for further in report["options"]["further"]:
        below = []
        for figure in report["figures"]:
            values = {run: of["value"] for run, of in figure["runs"].items()}
            if further in values and None not in values.values() and max(values[a], values[b]) < values[further]:
                below.append(f"{named(figure)} {points(max(values[a], values[b]) - values[further])}")
        if below:
            yield Verdict(f"Both {a} and {b} are below {further}, the better of them by, in points: {', '.join(below)}.", "open")


def _screen(report: Report) -> Section:
    """Everything in one table."""
    runs = names(report)
    columns = [Column(""), *(Column(run, right=True, version=place) for place, run in enumerate(runs))]
    columns += [Column(f"{runs[0]} \N{MINUS SIGN} {runs[1]}", right=True), Column("Shown")]
    found: list[list[Cell]] = [[Cell("End to end, per cent", note=f"{report['n']:,} common questions")]]
    found += [_row(figure, runs) for figure in report["figures"]]
    found += rows.screen(report, runs)
    options = report["options"]
    text = (
        f"{report['benchmark']}, comparator {options['comparator']}, gold revision {options['gold_revision']}, "
        f"gate {options['gate']}. Intervals "
        f"end to end: {100 * options['level']:g} %, paired bootstrap of {options['cluster']}s, "
        f"{options['resamples']:,} resamples, seed "
        f"{options['seed']}; inside: 95 %, Wilson, which takes pairs and critiques for independent."
    )
    return Section("screen", "Side by side", text, [Table("screen", "", columns, found, look="dense screen")])


def _row(figure: dict[str, Any], runs: list[str]) -> list[Cell]:
    gap = figure["gap"]
    bounds = "no interval" if gap["lower"] is None else f"{points(gap['lower'])} to {points(gap['upper'])}"
    shown = f"{figure['winner']} is better" if figure["winner"] else "no difference shown"
    cells = [
        percent(figure["runs"][run]["value"], interval(figure["runs"][run])) if run in figure["runs"] else Cell("\N{EN DASH}")
        for run in runs
    ]
    return [
        words(named(figure)),
        *cells,
        Cell(points(gap["value"]), gap["value"], bounds),
        Cell(shown, tone="good" if figure["winner"] else ""),
    ]


def _gaps(report: Report) -> Section:
    runs = names(report)
    label = f"{runs[0]} minus {runs[1]}, points"
    marks, cells = [], []
    for figure in report["figures"]:
        gap = figure["gap"]
        if gap["value"] is None:
            continue
        bounds = {name: None if gap[name] is None else 100 * gap[name] for name in ("value", "lower", "upper")}
        marks.append({"label": named(figure), "version": None, "n": figure["n"], **bounds})
        p_value = "\N{EN DASH}" if figure["p_value"] is None else f"{figure['p_value']:.3g}"
        counts = [Cell(f"{figure[name]:,}", figure[name]) for name in ("n", "wins", "losses")]
        cells.append(
            [
                words(named(figure)),
                *(Cell(points(gap[name]), gap[name]) for name in ("value", "lower", "upper")),
                *counts,
                Cell(p_value),
            ]
        )
    headings = ("Gap", "Lower", "Upper", "n", "Wins", "Losses", "p")
    table = Table("gaps", label, [Column("Figure"), *(Column(name, right=True) for name in headings)], cells)
    text = (
        "Where the line crosses zero, no winner can be named. A win is a question on which the first does better; p is the exact "
        "McNemar test."
    )
    data = {"rows": marks, "axis": label, "rule": 0.0, "signed": True}
    blocks: list[Block] = [Chart("gaps", f"Gap: {label}", "", "intervals", data, table)] if marks else [table]
    return Section("gaps", "The gaps", text, blocks)


def _notes(report: Report) -> Iterator[Note]:
    runs = names(report)
    found: dict[str, list[str]] = {}
    for run, helped in report["saw_gold"].items():
        found.setdefault(run, []).append(
            f"{helped['saw_gold']:,} of {helped['answers']:,} answers were made with feedback from the gold: "
            "its figures are not those "
            "of a system that could be deployed."
        )
    for shared in from_json(report["in_training"]):
        found.setdefault(shared.run, []).append(without_run(shared))
    for one in report["excluded"]:
        number = one["questions"]
        found.setdefault(one["run"], []).append(
            f"{number:,} question{'s' if number > 1 else ''} left out: {readable(one['reason'])}."
        )
    for run in runs:
        if run in found:
            yield Note(run, runs.index(run), found[run])
