"""Charts of a training in stages: figures from stage to stage, what steps gained, and curves of a training.

A colour is a figure here, not a run: `lines` names them in their order, and the page has their legend.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from text2sql_eval.reports.blocks import points

_APART = 0.07
_BAR = 15

Rows = list[dict[str, Any]]


def _stages(data: dict[str, Any], rows: Rows, names: list[str]) -> Any:  # noqa: ANN401, ARG001 - altair's classes are many
    """A line a figure through the stages, side by side where they meet, each point with its interval."""
    import altair as alt

    lines, stages = data["lines"], data["stages"]
    places = [float(place) for place in range(len(stages))]
    labels = f"{_texts(places, stages)}[datum.value]"
    middle = (len(lines) - 1) / 2
    for row in rows:
        row["x"] = round(row["place"] + (lines.index(row["series"]) - middle) * _APART, 4)
    of = {(row["series"], row["place"]): row for row in rows}
    segments = [
        {"series": row["series"], "segment": place, "x": end["x"], "value": end["value"]}
        for place, row in enumerate(rows)
        if row["after"] is not None and (row["series"], row["after"]) in of
        for end in (of[row["series"], row["after"]], row)
    ]
    x = alt.X(
        "x:Q",
        title=None,
        scale=alt.Scale(domain=[-0.5, len(stages) - 0.5], nice=False, zero=False),
        axis=alt.Axis(
            values=places, labelExpr=labels, grid=False, ticks=False, labelPadding=8, labelFontSize=12,
            labelLimit=max(40, 860 // len(stages)), labelOverlap=False, labelFlush=False,
        ),
    )  # fmt: skip
    y = alt.Y("value:Q", title="per cent", scale=alt.Scale(zero=False, padding=8, nice=True), axis=alt.Axis(tickCount=6))
    colour = _colour(lines)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=x,
        color=colour,
        tooltip=[
            alt.Tooltip("stage:N"),
            alt.Tooltip("series:N", title="figure"),
            *(alt.Tooltip(f"{name}:Q", format=".2f") for name in ("value", "lower", "upper")),
            alt.Tooltip("n:Q", format=","),
        ],
    )
    drawn = alt.Chart(alt.InlineData(values=segments)).mark_line(strokeWidth=2).encode(x=x, y=y, color=colour, detail="segment:N")
    bounds = base.properties(data=_known(rows)).mark_rule(strokeWidth=1.5, opacity=0.55)
    dots = base.mark_point(filled=True, size=64, opacity=1)
    spans = [bounds.encode(y=alt.Y("lower:Q", title="per cent"), y2="upper:Q")] if _known(rows).values else []
    return alt.layer(drawn, *spans, dots.encode(y=y)).properties(width="container", height=340)


def _gains(data: dict[str, Any], rows: Rows, names: list[str]) -> Any:  # noqa: ANN401, ARG001
    """A bar from zero a step and figure, its interval on it, its value behind both; the steps one below the other."""
    import altair as alt

    lines = [line for line in data["lines"] if any(row["series"] == line for row in rows)]
    steps = list(dict.fromkeys(row["label"] for row in rows))
    each = len(lines) + 1  # and a gap
    for row in rows:
        row["y"] = steps.index(row["label"]) * each + lines.index(row["series"])
        row["end"] = max(0.0, row["value"], row["value"] if row["upper"] is None else row["upper"])
        row["said"] = points(row["value"] / 100)
    low = min(0.0, *(row["value"] if row["lower"] is None else row["lower"] for row in rows))
    high = max(row["end"] for row in rows)
    room = max(high - low, 1e-3)
    middles = [place * each + (len(lines) - 1) / 2 for place in range(len(steps))]
    y = alt.Y(
        "y:Q",
        title=None,
        scale=alt.Scale(domain=[-0.8, len(steps) * each - 1.2], nice=False, zero=False, reverse=True),
        axis=alt.Axis(
            values=middles, labelExpr=f"split({_texts(middles, steps)}[datum.value], '\\n')", labelLimit=150, grid=False,
            ticks=False, domain=False, labelPadding=8, labelBaseline="middle",
        ),
    )  # fmt: skip
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=y,
        tooltip=[
            alt.Tooltip("label:N", title="step"),
            alt.Tooltip("series:N", title="figure"),
            *(alt.Tooltip(f"{name}:Q", format="+.2f") for name in ("value", "lower", "upper")),
            alt.Tooltip("n:Q", format=","),
        ],
    )
    scale = alt.Scale(domain=[low - 0.04 * room, high + 0.1 * room], nice=False, zero=False)
    x = alt.X("value:Q", title="gain, points", scale=scale, axis=alt.Axis(tickCount=7))
    bars = base.mark_bar(orient="horizontal", size=_BAR - 4).encode(x=x, x2=alt.X2Datum(0), color=_colour(data["lines"]))
    bounds = (
        base.properties(data=_known(rows))
        .mark_rule(strokeWidth=1.5)
        .encode(x=alt.X("lower:Q", title="gain, points"), x2="upper:Q")
    )
    text = base.mark_text(align="left", baseline="middle", dx=6, fontSize=11).encode(x="end:Q", text="said:N")
    zero = alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(strokeWidth=2).encode(x="at:Q")
    return alt.layer(bars, *([bounds] if _known(rows).values else []), zero, text).properties(
        width="container", height=max(_BAR * each, 36) * len(steps)
    )


def _known(rows: Rows) -> Any:  # noqa: ANN401
    """The rows that have an interval."""
    import altair as alt

    return alt.InlineData(values=[row for row in rows if row["lower"] is not None])


def _texts(values: list[float], texts: list[str]) -> str:
    """Texts by value as a constant of an expression: JSON, which is text there."""
    return json.dumps({f"{value:g}": text for value, text in zip(values, texts, strict=True)})


def _training(data: dict[str, Any], rows: Rows, names: list[str]) -> Any:  # noqa: ANN401, ARG001
    """A small chart of what a trainer logged, by its steps; what was measured once or twice has points as well."""
    import altair as alt

    lines = data["lines"]
    few = {line for line in lines if sum(row["series"] == line for row in rows) < 4}  # noqa: PLR2004 - a line of three is hardly seen
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("step:Q", title="step", scale=alt.Scale(nice=False), axis=alt.Axis(tickCount=5, grid=False, format="d")),
        y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False, padding=6), axis=alt.Axis(tickCount=4)),
        color=_colour(lines),
        tooltip=[alt.Tooltip("series:N", title="of"), "step:Q", alt.Tooltip("value:Q", format=".4f")],
    )
    marks = [base.mark_line(strokeWidth=1.8)]
    if few:
        shown = alt.FieldOneOfPredicate(field="series", oneOf=sorted(few))
        marks.append(base.transform_filter(shown).mark_point(filled=True, size=46, opacity=1))
    return alt.layer(*marks).properties(width="container", height=150)


KINDS: Final[Mapping[str, Callable[[dict[str, Any], Rows, list[str]], Any]]] = {
    "stages": _stages,
    "gains": _gains,
    "training": _training,
}
"""The charts by kind. Values are per cent or points, not shares."""


def _colour(lines: list[str]) -> Any:  # noqa: ANN401
    """The colour of a figure, by its place; the page has the legend."""
    import altair as alt

    return alt.Color("series:N", scale=alt.Scale(domain=lines), legend=None)
