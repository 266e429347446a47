"""Report on drift: which questions flipped and which systems changed rank between two opinions about the same candidates."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from store.address import Address
from text2sql_eval.commands import options
from text2sql_eval.commands.report.writing import FILE, as_json, check_folders, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from text2sql_eval.drift.sides import Side


@click.command()
@click.option("--from", "before", metavar="SIDE", required=True, help="First side: COMPARATOR or COMPARATOR@GOLD_REVISION.")
@click.option("--to", "after", metavar="SIDE", help="Second side; as the first when not given, for two versions of the lake.")
@click.option("--from-at", type=click.IntRange(0), help="First side as the lake was at this version.")
@click.option("--to-at", type=click.IntRange(0), help="Second side as the lake was at this version.")
@click.option("--run", "runs", multiple=True, help="Only this run; repeatable.")
@click.option("--benchmark", "benchmarks", multiple=True, help="Only runs of this benchmark; repeatable.")
@click.option(
    "--metric",
    type=click.Choice(["pipeline", "greedy", "majority"]),
    default="pipeline",
    show_default=True,
    help="Which answer of a question decides.",
)
@options.gate
@click.option("--common", is_flag=True, help="Count only the questions that count in all these runs.")
@options.cluster
@options.level
@options.resamples
@options.seed
@click.option(
    "--questions", type=click.IntRange(0), default=20, show_default=True, help="Questions to list at most; JSON has all."
)
@click.option("--html", "html_file", type=FILE, help="Write a page here.")
@click.option("--json", "json_file", type=FILE, help="Write everything here as JSON; - is standard output.")
@click.option("--markdown", "markdown_file", type=FILE, help="Write the tables here as Markdown; - is standard output.")
@click.option("--title", default="", help="Heading.")
@options.allow_trained
@click.pass_obj
def drift(
    address: Address,
    before: str,
    after: str | None,
    from_at: int | None,
    to_at: int | None,
    runs: tuple[str, ...],
    benchmarks: tuple[str, ...],
    metric: str,
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
    title: str,
    allow_trained: bool,
) -> None:
    """Say what moved from one side to another: answers that flipped, figures, ranks, and what of it is more than noise.

    A side is a comparator and a gold revision (original where none is given): bird, spider@original, strict@20251106. Nothing is
    labelled here: t2s relabel does that. Without a file to write, the figures are printed as tables.

    \b
    Example:
      t2s report drift --from bird --to spider
      t2s report drift --from bird@original --to bird@20251106 --html drift.html --json drift.json
      t2s report drift --from bird --from-at 12
    """
    import store
    from store.progress import busy
    from text2sql_eval.drift import document, printing
    from text2sql_eval.drift.drifting import drift as report
    from text2sql_eval.drift.sides import Choice
    from text2sql_eval.learnt import from_json
    from text2sql_eval.printing import say_left_out
    from text2sql_eval.statistics.bootstrap import Resampling

    first = _side(before, from_at, "--from")
    second = _side(before if after is None else after, to_at, "--to")
    if first == second:
        raise click.UsageError("Both sides are the same: name another one with --to, or a version of the lake with --from-at.")
    writers: list[tuple[Path, Callable[[dict[str, Any]], str]]] = [
        (file, render)
        for file, render in (
            (html_file, lambda found: document.html(found, questions)),
            (json_file, as_json),
            (markdown_file, lambda found: printing.markdown(found, questions)),
        )
        if file is not None
    ]
    check_folders([file for file, _ in writers])
    choice = Choice(runs or None, benchmarks or None, metric, gate, common, allow_trained)
    with store.open(address, create=False) as lake, busy("comparing labels"):
        found = report(lake, first, second, choice, resampling=Resampling(level, cluster, resamples, seed), title=title)
    for file, render in writers:
        write(file, render(found))
    if writers:  # what is shown says it itself
        say_left_out(from_json(found["left_out"]))
    if not writers:
        printing.tables(found, questions)


def _side(text: str, at: int | None, option: str) -> "Side":
    """A side, or wrong usage."""
    from text2sql_eval.drift.sides import parse_side

    side = parse_side(text, at)
    if side is None:
        raise click.BadParameter(f"{text!r} is not COMPARATOR or COMPARATOR@GOLD_REVISION", param_hint=option)
    return side
