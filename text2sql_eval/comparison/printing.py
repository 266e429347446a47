"""How a comparison is printed: as tables, as Markdown, as a LaTeX table for a paper, and as one object of JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

import click

from store import output
from text2sql_eval.comparison.model import Comparison, Pair, Question
from text2sql_eval.latex import escaped
from text2sql_eval.learnt import as_json as in_training
from text2sql_eval.learnt import sentence

_HEADINGS = {"greedy": "greedy@1", "pipeline": "EX", "ex": "EX", "any_correct": "oracle"}
_GAP_NAMES = ("gap, in points", "gap", "lower", "upper", "wins", "losses", "p", "design effect", "shown")


def tables(found: Comparison, *, as_markdown: bool, with_lists: bool) -> None:
    """Print the figures, the gaps, what does not count and what changed."""
    _table(_title(found), *_figures(found), as_markdown=as_markdown)
    _table("", _GAP_NAMES, [_gap(pair) for pair in found.pairs], as_markdown=as_markdown)
    for line in _lines(found):
        click.echo(f"- {line}" if as_markdown else line)
    if with_lists:
        for pair in found.pairs:
            for better, questions in ((pair.a, pair.wins), (pair.b, pair.losses)):
                other = pair.b if better == pair.a else pair.a
                click.echo(f"\n{better} better than {other}: {len(questions)}")
                rows = [[str(q.position), q.question_id or "", q.db_id, q.question] for q in questions]
                if rows:
                    _table("", ("position", "question_id", "database", "question"), rows, as_markdown=as_markdown)


def as_json(found: Comparison) -> dict[str, Any]:
    """The comparison as an object of JSON; `points` are those that are printed."""
    plain = found._asdict()
    plain["sides"] = [
        {**side._asdict(), "figure": side.figure._asdict(), "beside": {name: i._asdict() for name, i in side.beside.items()}}
        for side in found.sides
    ]
    plain["pairs"] = [
        {
            **pair._asdict(),
            "gap": pair.gap._asdict(),
            "points": dict(zip(("gap", "lower", "upper"), _points(pair), strict=True)),
            "wins": [_identified(question) for question in pair.wins],
            "losses": [_identified(question) for question in pair.losses],
            "changes": {**pair.changes._asdict(), "changes": [change._asdict() for change in pair.changes.changes]},
        }
        for pair in found.pairs
    ]
    plain["in_training"] = in_training(plain.pop("learnt"))
    plain["excluded"] = [{**left._asdict(), "questions": len(left.positions)} for left in found.excluded]
    return plain


def latex(found: Comparison) -> str:
    """A table for a paper, with rules of the package booktabs; its caption says what the figures are of."""
    names, cells = _figures(found)
    gap_names, gaps = _GAP_NAMES, [_gap(pair) for pair in found.pairs]
    first = found.sides[0].figure
    caption = (
        f"{_named(found)} on {found.benchmark} (revision {found.revision}, gold {found.gold_revision}, comparator "
        f"{found.comparator}, gate {found.gate}), {found.n} common questions, per cent. Intervals: {100 * first.level:g} %, "
        f"bootstrap by {first.cluster} ({first.clusters}), {first.resamples} resamples, seed {first.seed}; p: exact McNemar"
        f"{', adjusted by Holm' if len(found.pairs) > 1 else ''}. Lake at version {found.version}."
    )
    caption = " ".join([caption, *map(sentence, found.learnt)])
    body = "\n".join(
        [
            _tabular(names, cells, text=1),
            "",
            r"\medskip",
            "",
            _tabular(gap_names, gaps, text=1),
        ]
    )
    return f"\\begin{{table}}\n\\centering\n{body}\n\\caption{{{escaped(caption)}}}\n\\end{{table}}"


def _tabular(names: Sequence[str], rows: Sequence[Sequence[str]], *, text: int) -> str:
    columns = "l" * text + "r" * (len(names) - text)
    lines = [" & ".join(map(escaped, row)) + r" \\" for row in (names, *rows)]
    head, *body = lines
    parts = [f"\\begin{{tabular}}{{{columns}}}", r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}"]
    return "\n".join(parts)


def _named(found: Comparison) -> str:
    return _HEADINGS.get(found.metric, found.metric) + ("" if found.k is None else f"@{found.k}")


def _title(found: Comparison) -> str:
    return f"{found.benchmark}, comparator {found.comparator}: per cent of {found.n} common questions"


def _figures(found: Comparison) -> tuple[list[str], list[list[str]]]:
    """The figure of each run with its interval, and what stands beside it, unless it is the same."""
    beside = [name for name in found.sides[0].beside if _HEADINGS.get(name, name) != _named(found)]
    names = ["run", "K", _named(found), "lower", "upper", *(_HEADINGS.get(name, name) for name in beside)]
    rows = []
    for side in found.sides:
        own = [_percent(value) for value in (side.figure.value, side.figure.lower, side.figure.upper)]
        rows.append([side.run, str(side.k), *own, *(_percent(side.beside[name].value) for name in beside)])
    return names, rows


def _gap(pair: Pair) -> list[str]:
    points = ["-" if value is None else f"{value:+.2f}" for value in _points(pair)]
    p_value = "-" if pair.p_adjusted is None else f"{pair.p_adjusted:.3g}"
    design_effect = "-" if pair.design_effect is None else f"{pair.design_effect:.2f}"
    counts = [str(len(pair.wins)), str(len(pair.losses))]
    shown = f"{pair.winner} is better" if pair.winner else "no difference shown"
    return [f"{pair.a} - {pair.b}", *points, *counts, p_value, design_effect, shown]


def _lines(found: Comparison) -> Iterator[str]:
    for pair in found.pairs:
        if pair.note:
            yield f"{pair.a} - {pair.b}: {pair.note}."
    for left in found.excluded:
        count = len(left.positions)
        yield f"{left.run}: {count} question{'s' if count > 1 else ''} excluded: {left.reason}"
    yield from map(sentence, found.learnt)
    first = found.sides[0].figure
    yield (
        f"Gate {found.gate}. Intervals: {100 * first.level:g} %, paired bootstrap of {first.drawn}, "
        f"{first.resamples:,} resamples, seed {first.seed}. p: exact McNemar, which takes questions for independent."
    )
    if len(found.pairs) > 1:
        yield f"{len(found.pairs)} pairs: p is adjusted for their number (Holm), the intervals are not."
    for pair in found.pairs:
        for change in pair.changes.changes:
            yield f"{pair.a} to {pair.b}: {change.where}: {output.text(change.a)}, then {output.text(change.b)}"
        if pair.changes.warning:
            yield f"{pair.a} to {pair.b}: {pair.changes.warning}"


def _points(pair: Pair) -> list[float | None]:
    return [None if value is None else round(100 * value, 2) for value in (pair.gap.value, pair.gap.lower, pair.gap.upper)]


def _identified(question: Question) -> dict[str, object]:
    return {"position": question.position, "question_id": question.question_id, "db_id": question.db_id}


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f}"


def _table(title: str, names: Sequence[str], cells: Sequence[Sequence[str]], *, as_markdown: bool) -> None:
    right = [name not in {"run", _GAP_NAMES[0], "shown", "database", "question"} for name in names]
    if as_markdown:
        if title:
            click.echo(f"**{title}**\n")
        output.markdown(names, cells, right)
        click.echo()
    else:
        output.table(names, cells, title=title, right=right)
