"""Charts of figures of runs: intervals, curves over k, and bars that are divided. Like `charts`, they name no colour."""

from collections.abc import Callable, Mapping
from typing import Any, Final

_ROW = 26
_DASHES: Final = ([1, 0], [6, 4], [2, 3], [9, 3, 2, 3], [4, 2, 1, 2], [1, 5])

Rows = list[dict[str, Any]]


def _intervals(data: dict[str, Any], rows: Rows, names: list[str]) -> Any:  # noqa: ANN401 - altair's classes are many
    """A dot a label on a line from its lower to its upper bound, its value beside it; `rule` is a value to compare with."""
    import altair as alt

    order = [row["label"] for row in rows]
    low = min(row["lower"] if row["lower"] is not None else row["value"] for row in rows)
    high = max(row["upper"] if row["upper"] is not None else row["value"] for row in rows)
    room = max(high - low, 1e-3) * 0.14
    rules = [data["rule"]] if data.get("rule") is not None else []
    domain = [min([low - room, *rules]), max([high + room, *rules])]
    form = "+.2f" if data.get("signed") else ".2f"
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y(
            "label:N",
            title=None,
            sort=order,
            axis=alt.Axis(labelLimit=200, ticks=False, domain=False, grid=True, labelPadding=8),
        ),
        tooltip=[
            alt.Tooltip("label:N", title=" "),
            alt.Tooltip("value:Q", title=data["axis"], format=form),
            alt.Tooltip("lower:Q", format=form),
            alt.Tooltip("upper:Q", format=form),
            alt.Tooltip("n:Q", format=","),
        ],
    )
    axis = alt.X(
        "value:Q", title=data["axis"], scale=alt.Scale(domain=domain, zero=False, nice=False), axis=alt.Axis(tickCount=6)
    )
    colour = {"color": _colour(names)} if data.get("coloured") else {}
    lines = base.mark_rule(strokeWidth=2).encode(x=alt.X("lower:Q", title=data["axis"]), x2="upper:Q", **colour)
    points = base.mark_point(filled=True, size=70, opacity=1).encode(x=axis, **colour)
    labels = base.mark_text(dy=-9, fontSize=10.5).encode(x=axis, text=alt.Text("value:Q", format=form))
    marks = [alt.Chart(alt.InlineData(values=[{"at": at}])).mark_rule(strokeDash=[4, 3]).encode(x="at:Q") for at in rules]
    return alt.layer(*marks, lines, points, labels).properties(width="container", height=_ROW * len(order) + 12)


def _curves(data: dict[str, Any], rows: Rows, names: list[str]) -> Any:  # noqa: ANN401
    """Lines over k: a colour a run, a dash a series."""
    import altair as alt

    most = max(row["k"] for row in rows)
    series = alt.StrokeDash("series:N", scale=alt.Scale(domain=data["series"], range=_dashes(data["series"])), legend=None)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X(
            "k:Q",
            title="samples",
            scale=alt.Scale(domain=[1, most], nice=False),
            axis=alt.Axis(tickCount=min(most, 12), tickMinStep=1, format="d", grid=False),
        ),
        y=alt.Y("value:Q", title="per cent", scale=alt.Scale(zero=False, padding=6), axis=alt.Axis(tickCount=6)),
        color=_colour(names),
        tooltip=[
            "version:N",
            "series:N",
            alt.Tooltip("k:Q", title="samples"),
            alt.Tooltip("value:Q", title="per cent", format=".2f"),
            alt.Tooltip("lower:Q", format=".2f"),
            alt.Tooltip("upper:Q", format=".2f"),
        ],
    )
    lines = base.mark_line(strokeWidth=2).encode(strokeDash=series, detail=["version:N", "series:N"])
    points = base.mark_point(filled=True, size=26, opacity=1)
    return alt.layer(lines, points).properties(width="container", height=300)


def _stack(data: dict[str, Any], rows: Rows, names: list[str]) -> Any:  # noqa: ANN401
    """One bar a label, divided into parts of the colour of its run, the later the paler; the page has their legend."""
    import altair as alt

    order = list(dict.fromkeys(row["label"] for row in rows))
    layers = [
        alt.Chart(alt.InlineData(values=[row for row in rows if row["part"] == part]))
        .mark_bar(height=17, opacity=opacity)
        .encode(
            y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=200, ticks=False, domain=False, labelPadding=8)),
            x=alt.X(
                "from:Q", title="per cent of questions", scale=alt.Scale(domain=[0, 100], nice=False), axis=alt.Axis(tickCount=6)
            ),
            x2=alt.X2("to:Q"),
            color=_colour(names),
            tooltip=[alt.Tooltip("label:N", title=" "), "part:N", alt.Tooltip("value:Q", title="per cent", format=".2f")],
        )
        for part, opacity in data["parts"]
    ]
    return alt.layer(*layers).properties(width="container", height=_ROW * len(order) + 6)


KINDS: Final[Mapping[str, Callable[[dict[str, Any], Rows, list[str]], Any]]] = {
    "intervals": _intervals,
    "curves": _curves,
    "stack": _stack,
}
"""The charts by kind. In `intervals` and `curves` values are per cent or points, not shares."""


def _dashes(series: list[str]) -> list[list[int]]:
    return [_DASHES[place % len(_DASHES)] for place in range(len(series))]


def _colour(names: list[str]) -> Any:  # noqa: ANN401
    """The colour of a run, by its place; the page has the legend."""
    import altair as alt

    return alt.Color("version:N", scale=alt.Scale(domain=names), legend=None)
