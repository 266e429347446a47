"""What each stage achieved, as a table and as lines from stage to stage."""

from typing import Any

from text2sql_eval.reports.blocks import NONE, Cell, Chart, Column, Section, Table, percent, words
from text2sql_eval.reports.compared.layout import interval
from text2sql_eval.reports.trajectory.headings import heading, shown_lines

Report = dict[str, Any]


def section(report: Report) -> Section:
    """The table, and the same as lines from stage to stage."""
    options = report["options"]
    lines = shown_lines(report["metrics"])
    columns = [Column("Stage"), Column("n", right=True), Column("K", right=True)]
    columns += [Column(heading(metric, report["k"]), right=True) for metric in report["metrics"]]
    rows = [
        [
            _named(stage),
            Cell(f"{stage['n']:,}", stage["n"]),
            Cell(f"{stage['samples']:,}", stage["samples"]),
            *(_figure(stage["figures"][metric], stage["n"], metric) for metric in report["metrics"]),
        ]
        for stage in report["stages"]
    ]
    table = Table("stages", "Per cent; below each figure its interval", columns, rows)
    text = (
        f"{report['benchmark']}, comparator {options['comparator']}, gold revision {options['gold_revision']}, gate "
        f"{options['gate']}. Intervals: {100 * options['level']:g} %, bootstrap of {options['cluster']}s, "
        f"{options['resamples']:,} resamples, seed {options['seed']}. Pick-rate: right picks of the questions with a correct "
        "sample."
    )
    return Section("stages", "Stages", text, [_lines(report, lines), table])


def _named(stage: dict[str, Any]) -> Cell:
    notes = [stage["system"]] if stage["system"] != stage["run"] else []
    notes += [f"after {stage['after']}"] if stage["after"] else []
    notes += [f"greedy from {stage['greedy_run']}"] if stage["greedy_run"] != stage["run"] else []
    return Cell(stage["run"], None, "; ".join(notes))


def _figure(figure: dict[str, Any], n: int, metric: str) -> Cell:
    if figure["value"] is None:
        return Cell(NONE)
    other = f"; n = {figure['n']:,}" if figure["n"] != n or metric.startswith("pick_rate") else ""
    return percent(figure["value"], f"{interval(figure)}{other}")


def _lines(report: Report, lines: list[str]) -> Chart:
    """Every figure from stage to stage; a line leads from a stage to each that comes after it."""
    rows, cells = [], []
    places = {stage["run"]: place for place, stage in enumerate(report["stages"])}
    for metric in lines:
        for stage in report["stages"]:
            figure = stage["figures"][metric]
            if figure["value"] is None:
                continue
            bounds = {name: None if figure[name] is None else 100 * figure[name] for name in ("value", "lower", "upper")}
            rows.append(
                {
                    "version": None,
                    "series": heading(metric, report["k"]),
                    "stage": stage["run"],
                    "place": places[stage["run"]],
                    "after": None if stage["after"] is None else places[stage["after"]],
                    "n": figure["n"],
                    **bounds,
                }
            )
            cells.append(
                [
                    words(stage["run"]),
                    words(heading(metric, report["k"])),
                    *(percent(figure[name]) for name in ("value", "lower", "upper")),
                    Cell(f"{figure['n']:,}", figure["n"]),
                ]
            )
    columns = [Column("Stage"), Column("Figure"), *(Column(name, right=True) for name in ("Value", "Lower", "Upper", "n"))]
    note = (
        "Intervals of single stages overlap more than they should: questions that are hard for one are hard for the other. Gains "
        "are told by the steps below, which pair the questions."
    )
    data = {
        "rows": rows,
        "lines": [heading(metric, report["k"]) for metric in lines],
        "stages": [stage["run"] for stage in report["stages"]],
    }
    table = Table("trajectory", "Per cent by stage", columns, cells, look="dense")
    return Chart("trajectory", "From stage to stage", note, "stages", data, table)
