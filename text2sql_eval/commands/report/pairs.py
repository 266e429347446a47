"""Report on preference pairs: figures side by side, charts and examples on one page."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from store.address import Address
from text2sql_eval.commands import options
from text2sql_eval.commands.report.writing import FILE, as_json, check_folders, write

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command("pairs")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--html", "html_file", type=FILE, help="Write a page here, with charts and examples.")
@click.option("--json", "json_file", type=FILE, help="Write all figures here as JSON; - is standard output.")
@click.option("--markdown", "markdown_file", type=FILE, help="Write all figures here as Markdown; - is standard output.")
@click.option("--benchmark-against", "against", metavar="BENCHMARK", help="Look for overlaps with this benchmark.")
@click.option(
    "--tokenizer",
    type=click.Path(path_type=Path, exists=True),
    help="Folder of a tokenizer, or its tokenizer.json: measure lengths in tokens.",
)
@click.option("--max-length", type=click.IntRange(1), help="The trainer's limit in tokens; needs --tokenizer.")
@click.option("--examples", type=click.IntRange(0), default=10, show_default=True, help="Pairs to show of each type and version.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which pairs are shown.")
@click.option("--title", default="", help="Heading.")
@options.at
@click.pass_obj
def pairs_(
    address: Address,
    names: tuple[str, ...],
    html_file: Path | None,
    json_file: Path | None,
    markdown_file: Path | None,
    against: str | None,
    tokenizer: Path | None,
    max_length: int | None,
    examples: int,
    seed: int,
    title: str,
    version: int | None,
) -> None:
    """Report on the quality of pairs, several versions side by side.

    NAME is a pair set, or a dataset that was made from pairs as name@version; at most six. Without a file to write, the figures
    are printed as tables.

    \b
    Example:
      t2s report pairs planner_pairs
      t2s report pairs planner_pairs --html planner_pairs.html --json planner_pairs.json --markdown planner_pairs.md
    """
    import contextlib

    import store
    from store.progress import busy
    from text2sql_eval.reports import charts, markdown, page
    from text2sql_eval.reports.pairs import Options, pair_report

    if max_length and tokenizer is None:
        raise click.UsageError("--max-length counts tokens: name the tokenizer with --tokenizer.")
    writers: list[tuple[Path, Callable[[dict[str, Any]], str]]] = [
        (file, render)
        for file, render in ((html_file, page.html), (json_file, as_json), (markdown_file, markdown.markdown))
        if file is not None
    ]
    check_folders([file for file, _ in writers])
    if html_file is not None:
        charts.check_installed()
    options = Options(against, tokenizer, max_length, examples if writers else 0, seed, title)
    with contextlib.ExitStack() as stack:
        lake = stack.enter_context(store.open(address, create=False))
        if version is not None:
            lake = stack.enter_context(lake.at(version))
        with busy("counting pairs"):
            found = pair_report(lake, names, options)
    for file, render in writers:
        write(file, render(found))
    if not writers:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    """Every section as tables."""
    from store import output
    from text2sql_eval.reports.layout import sections
    from text2sql_eval.reports.summary import left_out
    from text2sql_eval.reports.writing import show_sections

    show_sections(sections(found))
    for name, sentences in left_out(found):
        for sentence in sentences:
            output.note(f"{name}: {sentence}")
