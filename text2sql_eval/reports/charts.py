"""Charts of a report as Vega-Lite specifications, made by altair. They name no colour: the page gives those, light or dark.

The version of a mark is its colour, by its place in the report, in every chart alike.
"""

from typing import Any

from store import StoreError
from text2sql_eval.reports import run_charts, stage_charts
from text2sql_eval.reports.blocks import Chart

_INSTALL = "Install them with: pip install 'text2sql-store[report]'. The JSON and the Markdown need nothing more."
_GAP = 0.06
_BAR = 13
_ROOM = 1.16


class ChartsNotInstalledError(StoreError, ImportError):
    """The libraries that draw charts are not installed."""


def check_installed() -> None:
    """Refuse early where the libraries are missing.

    Raises:
        ChartsNotInstalledError: altair or vl-convert-python is not installed.
    """
    try:
        import altair as alt  # noqa: F401
        import vl_convert  # noqa: F401
    except ImportError as error:
        raise ChartsNotInstalledError(f"A page with charts needs altair and vl-convert-python ({error}).", _INSTALL) from error


def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, for a page that opens without a network."""
    import vl_convert

    bundle: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub asks for what is optional
    # Neither may end or confuse the script element that it is put into; in a string or an expression both forms mean the same.
    return bundle.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def spec(chart: Chart, names: list[str]) -> dict[str, Any]:
    """The Vega-Lite specification of a chart.

    Args:
        chart: The chart.
        names: Names of the versions.
    """
    rows = [{**row, "version": None if row["version"] is None else names[row["version"]]} for row in chart.data["rows"]]
    made = _KINDS[chart.kind](chart.data, rows, names)
    found: dict[str, Any] = made.to_dict(validate=True)
    for key in ("config", "$schema"):
        found.pop(key, None)
    return {"description": chart.title, **found}


def _bars(data: dict[str, Any], rows: list[dict[str, Any]], names: list[str]) -> Any:  # noqa: ANN401 - altair's classes are many
    """Bars side by side, a row a label, their values beside them."""
    import altair as alt

    most = max((row["value"] for row in rows), default=0)
    base = alt.Chart(_values([row for row in rows if row["value"]])).encode(
        y=_labels(rows),
        yOffset=alt.YOffset("version:N", scale=alt.Scale(domain=names, paddingInner=0.12)),
        x=alt.X(
            "value:Q",
            title=data["axis"],
            scale=alt.Scale(domain=[0, max(most * _ROOM, 1)], nice=False),
            axis=alt.Axis(tickCount=4, format=",d", tickMinStep=1),
        ),
        tooltip=[alt.Tooltip("label:N", title=" "), "version:N", alt.Tooltip("value:Q", title=data["axis"], format=",")],
    )
    text = base.mark_text(align="left", dx=4, fontSize=11).encode(text=alt.Text("value:Q", format=","))
    return alt.layer(base.mark_bar(cornerRadiusEnd=1.5).encode(color=_colour(names)), text).properties(
        width="container", height=_height(rows, names)
    )


def _histogram(data: dict[str, Any], rows: list[dict[str, Any]], names: list[str]) -> Any:  # noqa: ANN401
    """The bars of all versions of a bin side by side within it, on an axis of values."""
    import altair as alt

    for row in rows:
        width = (row["high"] - row["low"]) * (1 - 2 * _GAP) / len(names)
        start = row["low"] + (row["high"] - row["low"]) * _GAP + names.index(row["version"]) * width
        row["from"], row["to"] = round(start, 9), round(start + width, 9)
    most = max((row["share"] for row in rows), default=1.0)
    bars = (
        alt.Chart(_values(rows))
        .mark_bar(cornerRadiusTopLeft=1, cornerRadiusTopRight=1)
        .encode(
            x=alt.X(
                "from:Q", title=data["axis"], scale=alt.Scale(domain=[data["low"], data["high"]], nice=False, zero=False),
                axis=alt.Axis(grid=False, tickCount=8, labelFlush=False, labelOverlap=True, labelSeparation=8),
            ),
            x2=alt.X2("to:Q"),
            y=alt.Y(
                "share:Q", title="share of pairs", scale=alt.Scale(domain=[0, most * 1.06]),
                axis=alt.Axis(format=".0%", tickCount=4),
            ),
            y2=alt.Y2Datum(0),
            color=_colour(names),
            tooltip=[
                alt.Tooltip("label:N", title=data["axis"]), "version:N",
                alt.Tooltip("value:Q", title="pairs", format=","), alt.Tooltip("share:Q", format=".2%"),
            ],
        )
    )  # fmt: skip
    marks = [_rule(value) for value in data["rules"] if data["low"] <= value <= data["high"]]
    return alt.layer(bars, *marks).properties(width="container", height=190)


def _parts(data: dict[str, Any], rows: list[dict[str, Any]], names: list[str]) -> Any:  # noqa: ANN401
    """One bar a version, divided into parts of the same colour, the later the paler; the page has their legend."""
    import altair as alt

    reached = dict.fromkeys(names, 0.0)
    for row in rows:
        row["from"], reached[row["version"]] = reached[row["version"]], round(reached[row["version"]] + row["share"], 9)
        row["to"] = reached[row["version"]]
    layers = [
        alt.Chart(_values([row for row in rows if row["part"] == part]))
        .mark_bar(height=22, opacity=opacity)
        .encode(
            y=alt.Y("version:N", sort=names, title=None, axis=alt.Axis(labelLimit=110, ticks=False, domain=False)),
            x=alt.X("from:Q", title="share of pairs", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%", tickCount=4)),
            x2=alt.X2("to:Q"),
            color=_colour(names),
            tooltip=[
                "version:N",
                alt.Tooltip("part:N", title="relation"),
                alt.Tooltip("value:Q", title="pairs", format=","),
                alt.Tooltip("share:Q", format=".2%"),
            ],
        )
        for part, opacity in data["parts"]
    ]
    return alt.layer(*layers).properties(width="container", height=34 * len(names))


def _dots(data: dict[str, Any], rows: list[dict[str, Any]], names: list[str]) -> Any:  # noqa: ANN401
    """A dot a label and version on a scale from 0 to 1, with a line to compare them with."""
    import altair as alt

    base = alt.Chart(_values(rows)).encode(
        y=_labels(rows, grid=True),
        yOffset=alt.YOffset("version:N", scale=alt.Scale(domain=names)),
        x=alt.X("value:Q", title=data["axis"], scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%", tickCount=5)),
        tooltip=[alt.Tooltip("label:N", title=" "), "version:N", alt.Tooltip("value:Q", title="share", format=".2%")],
    )
    points = base.mark_point(filled=True, size=62, opacity=1).encode(color=_colour(names))
    return alt.layer(_rule(data["rule"]), points).properties(width="container", height=_height(rows, names))


_KINDS = {"bars": _bars, "histogram": _histogram, "parts": _parts, "dots": _dots, **run_charts.KINDS, **stage_charts.KINDS}


def _values(rows: list[dict[str, Any]]) -> Any:  # noqa: ANN401
    import altair as alt

    return alt.InlineData(values=rows)


def _colour(names: list[str]) -> Any:  # noqa: ANN401
    """The colour of a version, by its place; the page has the legend."""
    import altair as alt

    return alt.Color("version:N", scale=alt.Scale(domain=names), legend=None)


def _height(rows: list[dict[str, Any]], names: list[str]) -> int:
    """Room for a bar a label and version, and a gap between labels; at least that of two lines of text."""
    return len({row["label"] for row in rows}) * max(_BAR * len(names) + 6, 28) + 4


def _labels(rows: list[dict[str, Any]], *, grid: bool = False) -> Any:  # noqa: ANN401
    """Labels in their order; long names break into two lines, so that narrow screens keep room for the marks."""
    import altair as alt

    order = list(dict.fromkeys(row["label"] for row in rows))
    broken = "split(datum.label, '\\n')"
    axis = alt.Axis(labelExpr=broken, labelLimit=165, ticks=False, domain=not grid, grid=grid, labelPadding=6)
    return alt.Y("label:N", title=None, axis=axis, scale=alt.Scale(domain=order, paddingInner=0.22, paddingOuter=0.1))


def _rule(value: float) -> Any:  # noqa: ANN401
    import altair as alt

    return alt.Chart(_values([{"at": value}])).mark_rule(strokeDash=[4, 3]).encode(x=alt.X("at:Q"))
