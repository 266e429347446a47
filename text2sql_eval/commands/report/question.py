"""Report on one question: every candidate grouped by its result, what everybody says of it, and who picked what and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from store.address import Address
from text2sql_eval.commands import options
from text2sql_eval.commands.report.writing import FILE, as_json, check_folders, write

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command("question")
@click.argument("benchmark")
@click.argument("question", metavar="POSITION|id:ID")
@click.option("--run", "runs", multiple=True, help="Candidates of this run; repeatable. All that answer when none is named.")
@click.option(
    "--gold-revision", default="original", show_default=True, help="Gold that SQL is compared with; labels of all are shown."
)
@options.gate
@click.option(
    "--schema",
    "schema_form",
    type=click.Choice(["compact", "typed", "ddl", "rich"]),
    default="ddl",
    show_default=True,
    help="Form of the schema.",
)
@click.option("--html", "html_file", type=FILE, help="Write a page here.")
@click.option("--json", "json_file", type=FILE, help="Write everything here as JSON; - is standard output.")
@click.option("--markdown", "markdown_file", type=FILE, help="Write everything here as Markdown; - is standard output.")
@click.option("--title", default="", help="Title in the JSON.")
@options.allow_trained
@options.at
@click.pass_obj
def question_(
    address: Address,
    benchmark: str,
    question: str,
    runs: tuple[str, ...],
    gold_revision: str,
    gate: str,
    schema_form: str,
    html_file: Path | None,
    json_file: Path | None,
    markdown_file: Path | None,
    title: str,
    allow_trained: bool,
    version: int | None,
) -> None:
    """Report on one question: its candidates grouped by what they returned.

    A question is named by its position, or by id: and its question id; ids may repeat in published files, and then the positions
    are said. Without a file to write, the results and the picks are printed.

    \b
    Example:
      t2s report question demo 3
      t2s report question demo id:3 --run small --run large --html question.html
    """
    import contextlib

    import store
    from text2sql_eval.learnt import from_json
    from text2sql_eval.printing import say_left_out
    from text2sql_eval.reports import writing
    from text2sql_eval.reports.question import page
    from text2sql_eval.reports.question.layout import document
    from text2sql_eval.reports.question.report import Options, question_report

    forms: tuple[tuple[Path | None, Callable[[dict[str, Any]], str]], ...] = (
        (html_file, page.html),
        (json_file, as_json),
        (markdown_file, page.markdown),
    )
    writers = [(file, render) for file, render in forms if file is not None]
    check_folders([file for file, _ in writers])
    with contextlib.ExitStack() as stack:
        lake = stack.enter_context(store.open(address, create=False))
        if version is not None:
            lake = stack.enter_context(lake.at(version))
        found = question_report(lake, benchmark, question, Options(runs, gate, gold_revision, schema_form, title, allow_trained))
    for file, render in writers:
        write(file, render(found))
    if writers:  # what is shown says it itself
        say_left_out(from_json(found["left_out"]))
    if not writers:
        writing.show(document(found))
