"""The report over pairs as one page that opens without a network."""

from typing import Any

from text2sql_eval.reports import charts, rendering
from text2sql_eval.reports.columns import type_names
from text2sql_eval.reports.layout import sections
from text2sql_eval.reports.summary import command, left_out


def html(report: dict[str, Any]) -> str:
    """The page.

    Args:
        report: The report, as `pair_report` gives it, or as its JSON was read.

    Raises:
        ChartsNotInstalledError: altair or vl-convert-python is not installed.
    """
    charts.check_installed()
    return rendering.render(
        "pairs",
        sections(report),
        [version["name"] for version in report["versions"]],
        rendering.text("report.css"),
        report=report,
        examples=[(kind, [shown for shown in report["examples"] if shown["type"] == kind]) for kind in type_names(report)],
        command=command(report),
        left_out=left_out(report),
    )
