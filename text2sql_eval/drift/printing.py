"""How a drift is printed: as tables on a terminal, and as Markdown. The page and the Markdown have the same sections."""

import shlex
from typing import Any

import click

from store import output
from text2sql_eval.drift.sections import left_out, sections
from text2sql_eval.reports.blocks import Cell, Table
from text2sql_eval.reports.markdown import block_lines, fenced, plain

Report = dict[str, Any]


def command(report: Report) -> str:
    """The command that makes this report."""
    options = report["options"]
    parts = ["t2s", "report", "drift"]
    for side in ("from", "to"):
        one = report[side]
        parts += [f"--{side}", f"{one['comparator']}@{one['gold_revision']}"]
        parts += [] if one["at"] is None else [f"--{side}-at", str(one["at"])]
    for name in ("run", "benchmark"):
        for value in options[f"{name}s"] or ():
            parts += [f"--{name}", value]
    for name, default in (("metric", "pipeline"), ("gate", "exec_ok"), ("cluster", "database"), ("level", 0.95)):
        parts += [f"--{name}", str(options[name])] if options[name] != default else []
    parts += ["--common"] if options["common"] else []
    parts += ["--allow-trained"] if options["allow_trained"] else []
    return shlex.join([*parts, "--resamples", str(options["resamples"]), "--seed", str(options["seed"])])


def tables(report: Report, questions: int) -> None:
    """Print every section but the SQL of the answers, which would not fit a terminal."""
    for section in sections(report, questions):
        if section.name.startswith("answers"):
            continue
        click.echo(f"{section.title}\n{output.visible(section.text)}\n")
        for block in section.blocks:
            if isinstance(block, Table):
                rows = [[_cell(cell) for cell in row] for row in block.rows]
                output.table([column.label for column in block.columns], rows, right=[column.right for column in block.columns])
                click.echo()
    for sentence in left_out(report):
        output.note(output.visible(sentence))


def markdown(report: Report, questions: int) -> str:
    """The report as one Markdown text."""
    made = " · ".join(f"{name} {version}" for name, version in report["software"].items())
    lines = [
        f"# {plain(report['title'])}",
        "",
        f"From version {report['lake_version']} of the lake, by {made}.",
        "",
        *fenced(command(report)),
        "",
        *(f"- {plain(sentence)}" for sentence in left_out(report)),
    ]
    for section in sections(report, questions):
        lines += ["", f"## {plain(section.title)}", "", plain(section.text)]
        for block in section.blocks:
            lines += ["", *block_lines(block)]
    return "\n".join(lines) + "\n"


def _cell(cell: Cell) -> str:
    return f"{cell.text} ({cell.note})" if cell.note else cell.text
