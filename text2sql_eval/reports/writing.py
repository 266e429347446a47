"""A document as Markdown, and as tables on a terminal: the same sections as the page, with tables in place of charts."""

from collections.abc import Iterable, Sequence

import click

from store import output
from text2sql_eval.reports.blocks import Block, Cell, Chart, Code, Section, Table
from text2sql_eval.reports.document import Document
from text2sql_eval.reports.markdown import block_lines, fenced, plain


def markdown(document: Document, more: Iterable[str] = ()) -> str:
    """A document as one Markdown text.

    Args:
        document: The document.
        more: Lines that stand behind its sections.
    """
    lines = [f"# {plain(document.title)}", "", plain(document.made), "", *fenced(document.command)]
    for verdict in document.verdicts:
        lines += ["", f"**{plain(verdict.text)}**"]
        lines += [line for note in verdict.notes for line in ("", plain(note))]
    if document.notes:
        lines += ["", f"**{plain(document.notes_title)}**", ""]
    for note in document.notes:
        lines.append(f"- {f'{plain(note.name)}: ' if note.name else ''}{plain(' '.join(note.sentences))}")
    for section in document.sections:
        lines += ["", f"## {plain(section.title)}"]
        lines += ["", plain(section.text)] if section.text else []
        for block in section.blocks:
            lines += ["", *block_lines(block)]
    return "\n".join([*lines, *more]) + "\n"


def show(document: Document) -> None:
    """Print a document: its answers and sections; notes go to the person beside."""
    for verdict in document.verdicts:
        click.echo(output.visible(verdict.text))
        for sentence in verdict.notes:
            click.echo(output.visible(sentence))
        click.echo()
    show_sections(document.sections)
    for note in document.notes:
        for sentence in note.sentences:
            output.note(output.visible(f"{note.name}: {sentence}" if note.name else sentence))


def show_sections(sections: Sequence[Section]) -> None:
    """Print sections as tables."""
    for section in sections:
        click.echo(f"{output.visible(section.title)}\n")
        for block in section.blocks:
            _show(block)
        click.echo()


def _show(block: Block) -> None:
    if isinstance(block, str):
        click.echo(output.visible(block))
        return
    if isinstance(block, Code):
        click.echo(output.visible(f"{block.caption}\n{block.text}\n" if block.caption else f"{block.text}\n"))
        return
    table: Table = block.table if isinstance(block, Chart) else block
    columns = [column.label for column in table.columns]
    rows = [_row(row, len(columns)) for row in table.rows]
    output.table(columns, rows, title=table.caption, right=[column.right for column in table.columns])


def _row(row: Sequence[Cell], columns: int) -> list[str]:
    shown = [f"{cell.text}  ({cell.note})" if cell.note else cell.text for cell in row]
    return [*shown, *[""] * (columns - len(shown))]
