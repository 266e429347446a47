"""Report on a model that is trained in stages: what each stage achieved, and what each step gained."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from store.address import Address
from text2sql_eval.commands import options
from text2sql_eval.commands.report.writing import FILE, as_json, check_folders, write

if TYPE_CHECKING:
    from collections.abc import Callable


def _named(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    """Pairs of names, or wrong usage."""
    found: dict[str, str] = {}
    for text in value:
        name, _, other = text.partition("=")
        if not name or not other:
            raise click.BadParameter(f"{text!r} is not of the form {param.metavar}", ctx, param)
        if name in found:
            raise click.BadParameter(f"{name} is named twice", ctx, param)
        found[name] = other
    return found


@click.command("trajectory")
@click.argument("runs", metavar="RUN RUN...", nargs=-1, required=True)
@click.option(
    "--after",
    multiple=True,
    callback=_named,
    metavar="CHILD=PARENT",
    help="Compare this stage with that one, not with the one before it; repeatable.",
)
@click.option(
    "--greedy-run",
    "greedy_runs",
    multiple=True,
    callback=_named,
    metavar="STAGE=RUN",
    help="Take the greedy answers of this stage from that run; repeatable.",
)
@click.option(
    "--selector",
    "selectors",
    multiple=True,
    help="What this selector picked; repeatable. All that chose for every stage if none.",
)
@options.comparator
@options.gold_revision
@options.gate
@click.option("--common", is_flag=True, help="Count only the questions that count in all stages.")
@options.cluster
@options.level
@options.resamples
@options.seed
@click.option(
    "--questions", type=click.IntRange(0), default=10, show_default=True, help="Won, and lost, questions to list of each step."
)
@click.option("--html", "html_file", type=FILE, help="Write a page here, with charts.")
@click.option("--json", "json_file", type=FILE, help="Write everything here as JSON; - is standard output.")
@click.option("--markdown", "markdown_file", type=FILE, help="Write the tables here as Markdown; - is standard output.")
@click.option("--latex", "latex_file", type=FILE, help="Write a table for a paper here; - is standard output.")
@click.option("--title", default="", help="Heading.")
@options.allow_trained
@options.at
@click.pass_obj
def trajectory(
    address: Address,
    runs: tuple[str, ...],
    after: dict[str, str],
    greedy_runs: dict[str, str],
    selectors: tuple[str, ...],
    comparator: str,
    gold_revision: str,
    gate: str,
    common: bool,
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
    """Report on a model that is trained in stages: one run a stage, in the order of training.

    What each stage achieved, and what each step gained over the stage that it comes after, on their common questions. The two
    tables are printed, unless a file goes to standard output.

    \b
    Example:
      t2s report trajectory small large
      t2s report trajectory sft dpo orpo --after orpo=sft --selector features --greedy-run sft=sft_greedy --html loop.html
    """
    import contextlib

    import store
    from store.progress import busy
    from text2sql_eval.reports import charts, rendering, writing
    from text2sql_eval.reports.trajectory.latex import latex
    from text2sql_eval.reports.trajectory.layout import document, short
    from text2sql_eval.reports.trajectory.options import Options
    from text2sql_eval.reports.trajectory.report import trajectory_report
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
    resampling = Resampling(level, cluster, resamples, seed)
    options = Options(
        after, greedy_runs, comparator, gold_revision, gate, selectors, common, resampling, questions, title, allow_trained
    )
    with contextlib.ExitStack() as stack:
        lake = stack.enter_context(store.open(address, create=False))
        if version is not None:
            lake = stack.enter_context(lake.at(version))
        with busy("comparing stages"):
            found = trajectory_report(lake, runs, options)
    for file, render in writers:
        write(file, render(found))
    if all(str(file) != "-" for file, _ in writers):
        writing.show(short(document(found)))
