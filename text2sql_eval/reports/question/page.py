"""The page of one question."""

from typing import Any

from text2sql_eval.reports import rendering, writing
from text2sql_eval.reports.question import layout


def html(report: dict[str, Any]) -> str:
    """The page; it has no chart, and needs no library that draws them."""
    return rendering.page(
        layout.document(report),
        "question",
        report=report,
        summary=layout.summary,
        said=layout.said,
        picked=layout.picked,
        colours={run: layout.colour(report, run) for run in report["runs"]},
        tones={"correct": "good", "wrong": "bad", "mixed": "doubtful", "unknown": "doubtful"},
    )


def markdown(report: dict[str, Any]) -> str:
    """The page as Markdown."""
    return writing.markdown(layout.document(report), layout.candidates(report))
