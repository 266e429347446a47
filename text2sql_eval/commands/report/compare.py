"""Report on a comparison: figures beside the gap, the verdict, what changed, and the questions that make the difference."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from store.address import Address
from text2sql_eval.commands import options
from text2sql_eval.commands.report.writing import FILE, as_json, check_folders, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from text2sql_eval.reports.compared.report import Compared

_METRICS = (
    "pipeline", "ex", "greedy", "oracle", "any_correct", "majority", "majority_at_k", "random_pick", "pick_rate",
    "pick_rate_mixed", "candidate_ex", "executable", "soft_f1",
)  # fmt: skip


@click.command("compare")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option("--metric", type=click.Choice(_METRICS), default="pipeline", show_default=True, help="What is compared.")
@click.option("--selector", "selectors", multiple=True, help="Compare what this selector picked; repeatable.")
@click.option("--k", type=click.IntRange(1), help="Samples, for oracle and majority_at_k.")
@options.comparator
@options.gold_revision
@options.gate
@options.cluster
@options.level
@options.resamples
@options.seed
@click.option(
    "--questions", type=click.IntRange(0), default=50, show_default=True, help="Differing questions to show with answers."
)
@click.option("--html", "html_file", type=FILE, help="Write a page here, with charts.")
@click.option("--json", "json_file", type=FILE, help="Write everything here as JSON; - is standard output.")
@click.option("--markdown", "markdown_file", type=FILE, help="Write the tables here as Markdown; - is standard output.")
@click.option("--latex", "latex_file", type=FILE, help="Write a table for a paper here; - is standard output.")
@click.option("--title", default="", help="Heading.")
@options.allow_trained
@options.at
@click.pass_obj
def compare(
    address: Address,
    runs: tuple[str, ...],
    metric: str,
    selectors: tuple[str, ...],
    k: int | None,
    comparator: str,
    gold_revision: str,
    gate: str,
    cluster: Literal["database", "question"],
    level: float,
    resamples: int,
    seed: int,
    questions: int,
    html_file: Path | None,
    json_file: Path | None,
    markdown_file: Path | None,
    latex_file: Path | None,
    title: str,
    allow_trained: bool,
    version: int | None,
) -> None:
    """Report on what t2s compare computes: the runs on their common questions, and the gap between every two.

    A winner is named only where the interval of the gap does not contain zero and the exact test agrees. Without a file to write,
    the tables are printed.

    \b
    Example:
      t2s report compare small large
      t2s report compare small large --html compare.html --latex compare.tex
    """
    import contextlib

    import store
    from store.progress import busy
    from text2sql_eval.comparison import printing
    from text2sql_eval.reports import charts, rendering, writing
    from text2sql_eval.reports.compared.layout import document
    from text2sql_eval.reports.compared.report import Options, compare_report
    from text2sql_eval.statistics.bootstrap import Resampling

    if k is not None and metric not in {"oracle", "majority_at_k"}:
        raise click.UsageError(f"--k is for oracle and majority_at_k; {metric} has none.")
    if selectors and metric != "pipeline":
        raise click.UsageError("--selector compares what selectors picked; --metric is something else.")
    forms: tuple[tuple[Path | None, Callable[[Compared], str]], ...] = (
        (html_file, lambda found: rendering.page(document(found.report), "compared", report=found.report)),
        (json_file, lambda found: as_json(found.report)),
        (markdown_file, lambda found: writing.markdown(document(found.report))),
        (latex_file, lambda found: printing.latex(found.comparison) + "\n"),
    )
    writers = [(file, render) for file, render in forms if file is not None]
    check_folders([file for file, _ in writers])
    if html_file is not None:
        charts.check_installed()
    resampling = Resampling(level, cluster, resamples, seed)
    options = Options(
        metric,
        k,
        comparator,
        gold_revision,
        gate,
        selectors,
        resampling,
        questions,
        title,
        allow_trained,
    )
    with contextlib.ExitStack() as stack:
        lake = stack.enter_context(store.open(address, create=False))
        if version is not None:
            lake = stack.enter_context(lake.at(version))
        with busy("comparing"):
            found = compare_report(lake, runs, options)
    for file, render in writers:
        write(file, render(found))
    if not writers:
        writing.show(document(found.report))
