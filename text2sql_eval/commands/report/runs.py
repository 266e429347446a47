"""Report on runs: a leaderboard with intervals, curves over k, headroom, and figures by database and difficulty."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from store.address import Address
from text2sql_eval.commands import options
from text2sql_eval.commands.report.writing import FILE, as_json, check_folders, write

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command("runs")
@click.argument("runs", metavar="[RUN]...", nargs=-1)
@click.option("--benchmark", "benchmarks", multiple=True, help="Only runs of this benchmark; repeatable.")
@click.option("--comparator", "comparators", multiple=True, help="Only this comparator; repeatable.")
@options.gold_revision
@options.gate
@click.option("--common", is_flag=True, help="Count only the questions that count in all these runs.")
@click.option(
    "--selector", "selectors", multiple=True, help="Only the picks of this selector; repeatable. All when none is named."
)
@click.option("--rank-by", default="ex", show_default=True, metavar="METRIC", help="What orders the runs, such as selector:NAME.")
@click.option("--taxonomy/--no-taxonomy", "with_types", default=True, help="Count types of errors as well.")
@click.option(
    "--interval",
    "level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Level of the intervals.",
)
@options.cluster
@options.resamples
@options.seed
@click.option("--html", "html_file", type=FILE, help="Write a page here, with charts.")
@click.option("--json", "json_file", type=FILE, help="Write all figures here as JSON; - is standard output.")
@click.option("--markdown", "markdown_file", type=FILE, help="Write all figures here as Markdown; - is standard output.")
@click.option("--latex", "latex_file", type=FILE, help="Write a table for a paper here; - is standard output.")
@click.option("--title", default="", help="Heading.")
@options.allow_trained
@options.at
@click.pass_obj
def runs_(
    address: Address,
    runs: tuple[str, ...],
    benchmarks: tuple[str, ...],
    comparators: tuple[str, ...],
    gold_revision: str,
    gate: str,
    common: bool,
    selectors: tuple[str, ...],
    rank_by: str,
    with_types: bool,
    level: float,
    cluster: Literal["database", "question"],
    resamples: int,
    seed: int,
    html_file: Path | None,
    json_file: Path | None,
    markdown_file: Path | None,
    latex_file: Path | None,
    title: str,
    allow_trained: bool,
    version: int | None,
) -> None:
    """Report on runs: what each achieved, with intervals and with what was left out.

    All runs of the lake when none is named. Without a file to write, the figures are printed as tables.

    \b
    Example:
      t2s report runs --comparator bird
      t2s report runs small large --comparator bird --common --html runs.html --json runs.json
    """
    import contextlib

    import store
    from store.progress import busy
    from text2sql_eval.learnt import from_json
    from text2sql_eval.printing import say_left_out
    from text2sql_eval.reports import charts, rendering, writing
    from text2sql_eval.reports.leaderboard.counting import Counting
    from text2sql_eval.reports.leaderboard.latex import latex
    from text2sql_eval.reports.leaderboard.layout import document
    from text2sql_eval.reports.leaderboard.report import Options, runs_report
    from text2sql_eval.statistics.bootstrap import Resampling

    forms: tuple[tuple[Path | None, Callable[[dict[str, Any]], str]], ...] = (
        (html_file, lambda found: rendering.page(document(found))),
        (json_file, as_json),
        (markdown_file, lambda found: writing.markdown(document(found))),
        (latex_file, latex),
    )
    writers = [(file, render) for file, render in forms if file is not None]
    check_folders([file for file, _ in writers])
    if html_file is not None:
        charts.check_installed()
    counting = Counting(
        runs or None,
        benchmarks or None,
        comparators or None,
        gold_revision,
        gate,
        common,
        Resampling(level, cluster, resamples, seed),
        allow_trained,
    )
    with contextlib.ExitStack() as stack:
        lake = stack.enter_context(store.open(address, create=False))
        if version is not None:
            lake = stack.enter_context(lake.at(version))
        with busy("counting"):
            found = runs_report(lake, Options(counting, selectors, rank_by, with_types, title))
    for file, render in writers:
        write(file, render(found))
    if writers:  # what is shown says it itself
        say_left_out(from_json(found["left_out"]))
    if not writers:
        writing.show(document(found))
