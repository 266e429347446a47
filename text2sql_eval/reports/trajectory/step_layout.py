"""What each step gained, as bars and as a table, and which questions it won and lost."""

from typing import Any

from text2sql_eval.reports.blocks import NONE, Block, Cell, Chart, Column, Section, Table, percent, points, words
from text2sql_eval.reports.trajectory.headings import heading, shown_lines
from text2sql_eval.reports.trajectory.steps import GAIN, LOSS

Report = dict[str, Any]

_TONES = {GAIN: "good", LOSS: "bad"}


def steps(report: Report) -> Section:
    """What each step gained, figure by figure, and the same as bars."""
    lines = shown_lines(report["metrics"])
    rows: list[list[Cell]] = []
    marks = []
    for step in report["steps"]:
        label = f"{step['after']} \N{RIGHTWARDS ARROW} {step['stage']}"
        rows.append([Cell(label, None, _changed(step))])
        for metric in (metric for metric in report["metrics"] if metric in step["figures"]):
            of = step["figures"][metric]
            rows.append(_gained(metric, of, report["k"]))
            if metric in lines and of["gap"] is not None:
                bounds = {name: None if of[name] is None else 100 * of[name] for name in ("lower", "upper")}
                name = heading(metric, report["k"])
                marks.append(
                    {
                        "version": None,
                        "label": label.replace(" \N{RIGHTWARDS ARROW} ", "\n\N{RIGHTWARDS ARROW} "),
                        "series": name,
                        "value": 100 * of["gap"],
                        "n": of["n"],
                        **bounds,
                    }
                )
    headings = ("Before", "After", "Gain, points", "n", "Won", "Lost", "p")
    columns = [Column("Figure"), *(Column(name, right=True) for name in headings), Column("Shown")]
    table = Table("steps", "Each stage against the one that it comes after, on their common questions", columns, rows)
    text = (
        "Both stages are resampled with the same draws. A gain or a loss is said where the interval of the gap does not contain "
        "zero and the exact test, where there is one, agrees; what cannot be told is not shown to be nothing. p: exact McNemar, "
        "which takes questions for independent. Where a question is not just right or wrong, as in the oracle of fewer samples "
        "than there are, there is no p, and none is won or lost. Nothing is adjusted for the number of steps and figures."
    )
    blocks: list[Block] = []
    if marks:
        data = {"rows": marks, "lines": [heading(metric, report["k"]) for metric in lines if not metric.startswith("pick_rate")]}
        blocks.append(Chart("gains", "What each step gained, with its interval", "", "gains", data, _gains_table(marks)))
    return Section("steps", "Steps", text, [*blocks, table])


def _gains_table(marks: list[dict[str, Any]]) -> Table:
    columns = [Column("Step"), Column("Figure"), *(Column(name, right=True) for name in ("Gain", "Lower", "Upper", "n"))]
    cells = [
        [
            words(" ".join(mark["label"].split())),
            words(mark["series"]),
            *(Cell(points(_share(mark[name])), _share(mark[name])) for name in ("value", "lower", "upper")),
            Cell(f"{mark['n']:,}", mark["n"]),
        ]
        for mark in marks
    ]
    return Table("gains", "Points", columns, cells, look="dense")


def _share(value: float | None) -> float | None:
    return None if value is None else value / 100


def _changed(step: dict[str, Any]) -> str:
    things = step["changes"]["things"]
    return f"changed: {', '.join(things)}" if things else ""


def _gained(metric: str, of: dict[str, Any], k: int) -> list[Cell]:
    bounds = "no interval" if of["lower"] is None else f"{points(of['lower'])} to {points(of['upper'])}"
    p_value = Cell(NONE) if of["p_value"] is None else Cell(f"{of['p_value']:.3g}", of["p_value"])
    return [
        words(heading(metric, k)),
        percent(of["before"]),
        percent(of["value"]),
        Cell(points(of["gap"]), of["gap"], bounds),
        *(Cell(NONE) if of[name] is None else Cell(f"{of[name]:,}", of[name]) for name in ("n", "wins", "losses")),
        p_value,
        Cell(of["shown"], None, of["note"], tone=_TONES.get(of["shown"], "")),
    ]


def questions(report: Report) -> Section:
    """Which questions the greedy answers of a step won and lost."""
    blocks: list[Block] = []
    columns = [Column("Question"), Column("Database"), Column("Position", right=True), Column("Question id")]
    for place, step in enumerate(report["steps"]):
        greedy = step["figures"]["greedy"]
        for side, many in (("won", greedy["wins"]), ("lost", greedy["losses"])):
            caption = f"{step['after']} \N{RIGHTWARDS ARROW} {step['stage']}: {many:,} {side}"
            if len(step[side]) < many:
                caption += f", the first {len(step[side])} by position"
            rows = [
                [
                    words(one["question"]),
                    words(one["db_id"]),
                    Cell(str(one["position"]), one["position"]),
                    words(one["question_id"] or NONE),
                ]
                for one in step[side]
            ]
            blocks.append(Table(f"{side}-{place}", caption, columns, rows, closed=True, look="dense") if rows else f"{caption}.")
    return Section(
        "questions",
        "Questions won and lost",
        "By their greedy answers: wrong before and right after, and the other way round.",
        blocks,
    )
