"""Report on two regimes of validators: what training was told, beside what the pipeline achieves."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from store.address import Address
from text2sql_eval.commands import options
from text2sql_eval.commands.report.writing import FILE, as_json, check_folders, write

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command("collab")
@click.argument("collab", metavar="COLLAB")
@click.argument("indep", metavar="INDEP")
@click.option("--further", multiple=True, metavar="RUN", help="Show the figures of this run beside them; repeatable.")
@click.option("--selector", "selectors", multiple=True, help="Only this selector; repeatable. All when none is named.")
@click.option(
    "--reward-accuracy",
    "reported",
    multiple=True,
    metavar="RUN:VALIDATOR=VALUE[,N]",
    help="What a trainer reported as eval_rewards/accuracies; repeatable.",
)
@options.comparator
@options.gold_revision
@options.gate
@options.cluster
@options.level
@options.resamples
@options.seed
@click.option("--html", "html_file", type=FILE, help="Write a page here, with charts.")
@click.option("--json", "json_file", type=FILE, help="Write everything here as JSON; - is standard output.")
@click.option("--markdown", "markdown_file", type=FILE, help="Write the tables here as Markdown; - is standard output.")
@click.option("--title", default="", help="Heading.")
@options.allow_trained
@options.at
@click.pass_obj
def collab_(
    address: Address,
    collab: str,
    indep: str,
    further: tuple[str, ...],
    selectors: tuple[str, ...],
    reported: tuple[str, ...],
    comparator: str,
    gold_revision: str,
    gate: str,
    cluster: Literal["database", "question"],
    level: float,
    resamples: int,
    seed: int,
    html_file: Path | None,
    json_file: Path | None,
    markdown_file: Path | None,
    title: str,
    allow_trained: bool,
    version: int | None,
) -> None:
    """Report on two runs that differ in how their validators were made, such as COLLAB against INDEP, on one screen.

    End-to-end figures with the gap and its interval; beside them reward accuracy and verdicts of the validators, what mining
    gave, and whether the fixer reads critiques. Without a file to write, the tables are printed.

    \b
    Example:
      t2s report collab collab indep --further sft_vf
      t2s report collab collab indep --reward-accuracy collab:select=69.7%,33 --html collab.html
    """
    import contextlib

    import store
    from store.progress import busy
    from text2sql_eval.reports import charts, rendering, writing
    from text2sql_eval.reports.collab.inside import parse_reported
    from text2sql_eval.reports.collab.layout import document
    from text2sql_eval.reports.collab.report import Options, collab_report
    from text2sql_eval.statistics.bootstrap import Resampling

    forms: tuple[tuple[Path | None, Callable[[dict[str, Any]], str]], ...] = (
        (html_file, lambda found: rendering.page(document(found), notes_last=True)),
        (json_file, as_json),
        (markdown_file, lambda found: writing.markdown(document(found))),
    )
    writers = [(file, render) for file, render in forms if file is not None]
    check_folders([file for file, _ in writers])
    if html_file is not None:
        charts.check_installed()
    said = [parse_reported(text, [collab, indep, *further]) for text in reported]
    resampling = Resampling(level, cluster, resamples, seed)
    options = Options(
        further,
        comparator,
        gold_revision,
        gate,
        selectors,
        said,
        resampling,
        title,
        allow_trained,
    )
    with contextlib.ExitStack() as stack:
        lake = stack.enter_context(store.open(address, create=False))
        if version is not None:
            lake = stack.enter_context(lake.at(version))
        with busy("comparing"):
            found = collab_report(lake, collab, indep, options)
    for file, render in writers:
        write(file, render(found))
    if not writers:
        writing.show(document(found))
