"""How figures are printed: a row a run and slice; a row a metric with its interval; curves over k; headroom. All in per cent."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import click

from store import output
from text2sql_eval.figures import Common, Figure, Figures
from text2sql_eval.learnt import Learnt, left_out_sentences

_COLUMNS = (  # metric, whether it looks at one sample only, heading; pipeline@1 is EX, and stands in --json
    ("ex", True, "EX"),
    ("greedy", True, "greedy@1"),
    ("any_correct", False, "oracle"),
    ("majority", False, "majority"),
    ("random_pick", False, "random"),
    ("pick_rate", False, "pick-rate"),
    ("pick_rate_mixed", False, "mixed"),
    ("candidate_ex", True, "candidate EX"),
    ("executable", True, "executable"),
    ("soft_f1", True, "Soft-F1"),
    ("r_ves", True, "R-VES"),
)
_OF_ONE_SAMPLE = frozenset({"ex", "greedy", "soft_f1", "r_ves"})
_MEASURED = frozenset({"soft_f1", "r_ves"})

Row = list[Figure]
"""The figures of one run and slice."""


def tables(found: Figures, *, as_markdown: bool) -> None:
    """A table a benchmark and comparator: a row a run and slice, a column a metric."""
    for title, rows in _groups(found.figures):
        columns = _columns(rows)
        slices = _has_slices(rows)
        names = ["run", *(["questions"] if slices else []), "K", "n", *(heading for *_, heading in columns)]
        cells = [[*_head(row, slices=slices), str(_largest(row)), str(row[0].n), *_values(row, columns)] for row in rows]
        _print(title, names, cells, as_markdown=as_markdown)
        for line in _left_out(rows):
            click.echo(line)


def interval_tables(found: Figures, *, as_markdown: bool) -> None:
    """A table a benchmark and comparator: a row a run, slice and metric, with its interval and what it was drawn from."""
    for title, rows in _groups(found.figures):
        slices = _has_slices(rows)
        names = ["run", *(["questions"] if slices else []), "metric", "value", "lower", "upper", "n", "drawn"]
        cells = []
        for row in rows:
            figures = {(figure.metric, figure.k): figure for figure in row}
            for metric, single, heading in [*_columns(rows), *_of_selectors(row)]:
                figure = figures.get((metric, 1 if metric in _OF_ONE_SAMPLE else _largest(row)))
                if figure is None or not (single or _largest(row) > 1):
                    continue
                interval = figure.interval
                bounds = ["-", "-"] if interval is None else [_percent(interval.lower), _percent(interval.upper)]
                drawn = "-" if interval is None else interval.drawn
                cells.append([*_head(row, slices=slices), heading, _percent(figure.value), *bounds, str(figure.n), drawn])
        _print(title, names, cells, as_markdown=as_markdown)
        for line in _left_out(rows):
            click.echo(line)


def curve_tables(found: Figures, *, as_markdown: bool) -> None:
    """Oracle, expected majority and selectors at every k: rows for each run and slice with several samples."""
    for title, rows in _groups(found.figures):
        slices, most = _has_slices(rows), max(_largest(row) for row in rows)
        if most == 1:
            continue
        cells = []
        for row in rows:
            values = {(figure.metric, figure.k): figure.value for figure in row}
            at_k = [m for m in dict.fromkeys(figure.metric for figure in row) if m.startswith("selector_at_k:")]
            of_selectors = [(metric, metric.partition(":")[2]) for metric in at_k]
            for metric, heading in (("oracle", "oracle"), ("majority_at_k", "majority"), *of_selectors):
                line = [_percent(values.get((metric, k))) for k in range(1, most + 1)]
                cells.append([*_head(row, slices=slices), heading, *line])
        names = ["run", *(["questions"] if slices else []), "at k", *map(str, range(1, most + 1))]
        _print(f"{title}, by number of samples", names, cells, as_markdown=as_markdown)


def headroom_tables(found: Figures, *, as_markdown: bool) -> None:
    """What is missing to 100: a row a run and slice."""
    columns = (
        ("majority", "majority"),
        ("selector_headroom", "lost by the selection"),
        ("oracle_headroom", "beyond the oracle"),
        ("selector_share", "share of the selection"),
    )
    for title, rows in _groups(found.figures):
        slices = _has_slices(rows)
        cells = []
        for row in rows:
            values = {(figure.metric, figure.k): figure.value for figure in row}
            line = [_percent(values.get((metric, _largest(row)))) for metric, _ in columns]
            cells.append([*_head(row, slices=slices), str(_largest(row)), str(row[0].n), *line])
        names = ["run", *(["questions"] if slices else []), "K", "n", *(heading for _, heading in columns)]
        _print(f"{title}, what is missing to 100", names, cells, as_markdown=as_markdown)


def selector_tables(found: Figures, *, as_markdown: bool) -> None:
    """What selectors picked: a row a run, slice and selector, and one for the majority vote to compare with."""
    columns = (("selector", "EX"), ("pick_rate", "pick-rate"), ("pick_rate_mixed", "mixed"), ("headroom", "lost"))
    vote = {
        "selector": "majority",
        "pick_rate": "pick_rate",
        "pick_rate_mixed": "pick_rate_mixed",
        "headroom": "selector_headroom",
    }
    for title, rows in _groups(found.figures):
        slices = _has_slices(rows)
        cells = []
        for row in rows:
            values = {(figure.metric, figure.k): figure for figure in row}
            names = list(dict.fromkeys(f.metric.partition(":")[2] for f in row if f.metric.startswith("selector:")))
            for name, of in ((None, vote), *((one, {m: f"{m}:{one}" for m, _ in columns}) for one in names)):
                figures = [values.get((of[metric], _largest(row))) for metric, _ in columns]
                if name is None and not names:
                    continue
                n = figures[0].n if figures[0] else 0
                said = "(majority vote)" if name is None else name
                shown = [_percent(figure.value if figure else None) for figure in figures]
                cells.append([*_head(row, slices=slices), said, str(_largest(row)), str(n), *shown])
        if cells:
            names = ["run", *(["questions"] if slices else []), "selector", "K", "n", *(heading for _, heading in columns)]
            _print(f"{title}, what selectors pick", names, cells, as_markdown=as_markdown)


def as_json(figure: Figure) -> dict[str, object]:
    """A figure as an object of JSON; the interval is there only where it was asked for."""
    plain: dict[str, object] = {**figure._asdict(), "percent": None if figure.value is None else round(100 * figure.value, 2)}
    if figure.interval is None:
        del plain["interval"]
    else:
        plain["interval"] = figure.interval._asdict()
    return plain


def say_common(shared: Common, *, common: bool) -> None:
    """Say how many questions the runs share, where they do not answer the same ones or only the common ones count."""
    if common:
        output.note(f"{shared.benchmark}, {shared.comparator}: {shared.questions} common questions of {len(shared.runs)} runs.")
    elif any(size != shared.questions for size in shared.sizes):
        output.note(
            f"{shared.benchmark}, {shared.comparator}: the runs answer {min(shared.sizes)} to {max(shared.sizes)} questions, "
            f"{shared.questions} common questions. Compare them with --common.",
        )


def say_left_out(found: Sequence[Learnt]) -> None:
    """Say which runs, none of which was named, are left out because their models were trained on questions that would count."""
    for said in left_out_sentences(found):
        output.note(said)


def say_intervals(found: Figures) -> None:
    """Say how the intervals were made, and of which there are too few clusters."""
    intervals = [figure.interval for figure in found.figures if figure.interval is not None]
    if not intervals:
        return
    first = intervals[0]
    output.note(
        f"Intervals: {100 * first.level:g} %, bootstrap of whole {first.cluster}s, {first.resamples:,} resamples, "
        f"seed {first.seed}; figures of one database: of its questions."
        if first.cluster == "database"
        else f"Intervals: {100 * first.level:g} %, bootstrap of questions, {first.resamples:,} resamples, seed {first.seed}."
    )
    if any(interval.lower is None and interval.value is not None for interval in intervals):
        output.note("- for an interval: fewer than 5 of what is drawn. Draw questions with: --cluster question")


def _groups(figures: Sequence[Figure]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each table with its title; an empty line between two tables."""
    revisions = {(figure.benchmark, figure.revision) for figure in figures}
    groups = groupby(figures, key=lambda f: (f.benchmark, f.revision, f.comparator))
    for number, ((benchmark, revision, comparator), group) in enumerate(groups):
        if number:
            click.echo()
        several = sum(name == benchmark for name, _ in revisions) > 1
        title = f"{benchmark}{f' revision {revision}' if several else ''}, comparator {comparator}: per cent"
        yield title, [list(row) for _, row in groupby(group, key=lambda f: (f.run, f.dimension, f.slice))]


def _print(title: str, names: Sequence[str], cells: Sequence[Sequence[str]], *, as_markdown: bool) -> None:
    right = [name not in {"run", "questions", "metric", "selector", "at k", "drawn"} for name in names]
    if as_markdown:
        click.echo(f"**{title}**\n")
        output.markdown(names, cells, right)
        click.echo()
    else:
        output.table(names, cells, title=title, right=right)


def _columns(rows: Sequence[Row]) -> list[tuple[str, bool, str]]:
    """What there is to show: what compares samples only where there are several, what is measured only where it was."""
    several = any(figure.k > 1 for row in rows for figure in row)
    there = {figure.metric for row in rows for figure in row}
    return [
        column
        for column in _COLUMNS
        if (column[0] in there if column[0] in _MEASURED else several or column[0] in {"ex", "executable"})
    ]


def _of_selectors(row: Row) -> list[tuple[str, bool, str]]:
    """What selectors achieved on a run, as columns."""
    shown = {"selector": "EX", "pick_rate": "pick-rate", "pick_rate_mixed": "mixed"}
    parts = [(figure.metric, *figure.metric.partition(":")[::2]) for figure in row if ":" in figure.metric]
    return [(metric, False, f"{name}: {shown[what]}") for metric, what, name in parts if what in shown]


def _values(row: Row, columns: Sequence[tuple[str, bool, str]]) -> list[str]:
    """The cells of one run; what compares samples is left out where there is one only."""
    largest = _largest(row)
    values = {(figure.metric, figure.k): figure.value for figure in row}
    return [
        _percent(values.get((metric, 1 if metric in _OF_ONE_SAMPLE else largest)) if single or largest > 1 else None)
        for metric, single, _ in columns
    ]


def _head(row: Row, *, slices: bool) -> list[str]:
    first = row[0]
    where = [first.slice or ("all" if first.dimension == "all" else "none stated")] if slices else []
    return [first.run, *where]


def _has_slices(rows: Sequence[Row]) -> bool:
    return any(row[0].dimension != "all" for row in rows)


def _largest(row: Row) -> int:
    return max(figure.k for figure in row)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f}"


def _left_out(rows: Sequence[Row]) -> list[str]:
    """What the figures do not count, or count as not correct although it is not known to be wrong."""
    lines: dict[str, list[str]] = {}
    for row in rows:
        first = row[0]
        if first.dimension != "all":
            continue
        said = [
            f"{count} question{'s' if count > 1 else ''} excluded: {reason}" for reason, count in sorted(first.excluded.items())
        ]
        unanswered = next(figure for figure in row if figure.metric == "unanswered")
        if unanswered.value:
            count = round(unanswered.value * unanswered.n)
            said.append(
                f"{count} of {unanswered.n} candidates timed out, ran out of memory or crashed; they count as not correct"
            )
        said += [
            f"{figure.metric}: n = {figure.n}, for the other questions could not be measured"
            for figure in row
            if figure.metric in _MEASURED and figure.excluded != first.excluded
        ]
        if said:
            lines.setdefault("; ".join(said), []).append(first.run)
    return [f"{'All runs' if len(runs) == len(rows) > 1 else ', '.join(runs)}: {said}" for said, runs in lines.items()]
