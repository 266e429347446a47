"""A report as Markdown: the same sections as the page, with tables in place of charts."""

import re
from collections.abc import Sequence
from typing import Any

from store.output import visible
from text2sql_eval.reports.blocks import Block, Cell, Chart, Code, Table
from text2sql_eval.reports.columns import type_names
from text2sql_eval.reports.layout import sections
from text2sql_eval.reports.summary import command, left_out

_MARKS = re.compile(r"([\\`*_\[\]<>|#~&])")


def markdown(report: dict[str, Any]) -> str:
    """The report as one Markdown text."""
    made = " · ".join(f"{name} {version}" for name, version in report["software"].items())
    lines = [
        f"# {plain(report['title'])}",
        "",
        f"From version {report['lake_version']} of the lake, by {made}.",
        "",
        *fenced(command(report)),
        "",
        "**What the figures do not count**",
        "",
    ]
    for name, sentences in left_out(report):
        lines.append(f"- {plain(name)}: {' '.join(sentences) if sentences else 'nothing.'}")
    for section in sections(report):
        lines += ["", f"## {section.title}", "", plain(section.text)]
        for block in section.blocks:
            lines += ["", *block_lines(block)]
    if report["examples"]:
        lines += ["", "## Examples", "", _drawn(report)]
    for kind in type_names(report):
        shown = [example for example in report["examples"] if example["type"] == kind]
        if shown:
            lines += ["", f"### {plain(kind)}"]
        for example in shown:
            lines += _example(example, [version["name"] for version in report["versions"]])
    return "\n".join(lines) + "\n"


def block_lines(block: Block) -> list[str]:
    """A paragraph, a code block or a table; of a chart its table, with its note."""
    if isinstance(block, str):
        return [plain(block)]
    if isinstance(block, Code):
        return [*([f"**{plain(block.caption)}**", ""] if block.caption else []), *fenced(block.text)]
    table = block.table if isinstance(block, Chart) else block
    heading = block.title if isinstance(block, Chart) else block.caption
    note = block.note if isinstance(block, Chart) else ""
    return [*([f"**{plain(heading)}**", ""] if heading else []), *_table(table), *(["", plain(note)] if note else [])]


def plain(text: str) -> str:
    """Text that means nothing to a reader of Markdown or HTML but itself, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(visible(text).split()))


def _table(table: Table) -> list[str]:
    head = "| " + " | ".join(plain(column.label) for column in table.columns) + " |"
    rule = "|" + "|".join("---:" if column.right else "---" for column in table.columns) + "|"
    return [head, rule, *("| " + " | ".join(_cells(row, len(table.columns))) + " |" for row in table.rows)]


def _cells(row: Sequence[Cell], columns: int) -> list[str]:
    """The cells of a row; a heading of rows stands in bold before empty ones."""
    if len(row) == 1 < columns:
        return [f"**{_cell(row[0])}**", *[""] * (columns - 1)]
    return [_cell(cell) for cell in row]


def _cell(cell: Cell) -> str:
    return f"{plain(cell.text)} ({plain(cell.note)})" if cell.note else plain(cell.text)


def _drawn(report: dict[str, Any]) -> str:
    options = report["options"]
    return (
        f"At most {options['examples']} pairs of each type and version, drawn with seed {options['seed']}. "
        "Lines that begin with - are rejected, those with + are chosen."
    )


def _example(example: dict[str, Any], names: Sequence[str]) -> list[str]:
    where = " · ".join(
        [
            *([plain(example["db_id"])] if example["db_id"] else []),
            f"in {', '.join(plain(names[place]) for place in example['versions'])}",
            f"margin {_number(example['margin'])}",
            f"edit ratio {example['edit_ratio']:.4f}",
            *(f"{side} {_said(example[side])}" for side in ("rejected", "chosen")),
        ]
    )
    lines = []
    for rejected, chosen, same in example["lines"]:
        if same:
            lines.append(f"  {_joined(chosen)}")
        else:
            lines += [f"{mark} {_joined(side)}" for mark, side in (("-", rejected), ("+", chosen)) if side is not None]
    question = plain(example["question"] or "Question not known")
    return ["", f"**{question}**", "", where, "", *fenced("\n".join(lines), "diff")]


def _said(side: dict[str, Any]) -> str:
    rows = f", {side['result']['n_rows']:,} rows" if side["result"] else ""
    return f"{plain(side['status'].replace('_', ' '))}, reward {_number(side['reward'])}{rows}"


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.4f}"


def _joined(parts: list[list[Any]]) -> str:
    return "".join(text for text, _ in parts)


def fenced(text: str, language: str = "") -> list[str]:
    """A code block whose fence is longer than any in the text."""
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", text, fence]
