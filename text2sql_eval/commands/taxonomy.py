"""What is wrong with answers: types of errors, clauses, repairs, routes, columns."""

from typing import TYPE_CHECKING, Literal

import click

from store.address import Address
from text2sql_eval.commands import options

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

_GATES = ("exec_ok", "critique", "always")


@click.command()
@click.argument("runs", metavar="[RUN]...", nargs=-1)
@click.option(
    "--comparator", default="bird", show_default=True, help="Comparator of the verdicts; file:RUN for the flags of a file."
)
@options.gold_revision
@click.option("--gate", type=click.Choice(_GATES), default="exec_ok", show_default=True, help="When a fix is taken.")
@click.option(
    "--stage",
    type=click.Choice(["first", "final"]),
    default="first",
    show_default=True,
    help="Answers of the first turn, or the final ones.",
)
@click.option(
    "--by",
    type=click.Choice(["type", "clause", "database"]),
    multiple=True,
    help="Counts by type of error, clause that differs from the gold, or database; type when nothing is asked for.",
)
@click.option("--repair", "with_repair", is_flag=True, help="What later turns, or fixes, made of the errors of the first turn.")
@click.option(
    "--routing", "with_routing", is_flag=True, help="Which of them can be seen without a gold, and what repair of those comes to."
)
@click.option(
    "--columns", "with_columns", is_flag=True, help="Wrong columns: which name, where it was looked for, which tables have it."
)
@click.option(
    "--unit",
    type=click.Choice(["question", "sample"]),
    default="question",
    show_default=True,
    help="For repairs: all samples of a turn together, or each by itself.",
)
@click.option(
    "--attempts",
    type=click.Choice(["best", "claimed"]),
    default="best",
    show_default=True,
    help="For repairs, which attempt stands for a turn: the first that executes; or as published reports have it.",
)
@click.option(
    "--processes", type=click.IntRange(1), help="Worker processes that compare clauses, one a processor when not given."
)
@options.allow_trained
@options.at
@click.option("--json", "style", flag_value="json", help="One JSON object.")
@click.option("--markdown", "style", flag_value="markdown", help="Markdown tables.")
@click.pass_obj
def taxonomy(
    address: Address,
    runs: tuple[str, ...],
    comparator: str,
    gold_revision: str,
    gate: str,
    stage: Literal["first", "final"],
    by: tuple[str, ...],
    with_repair: bool,
    with_routing: bool,
    with_columns: bool,
    unit: Literal["question", "sample"],
    attempts: Literal["best", "claimed"],
    processes: int | None,
    allow_trained: bool,
    version: int | None,
    style: str | None,
) -> None:
    """Say what is wrong with the answers of runs that are not correct, each count with what was left out and why.

    --by clause compares each wrong SQL with its gold once, and keeps what differs in the lake.

    \b
    Example:
      t2s taxonomy codes_1b --by type --by clause
      t2s taxonomy repaired --repair --routing --columns
    """
    import contextlib
    import sys
    from functools import partial

    import store
    from store import output
    from text2sql_eval.printing import say_left_out
    from text2sql_eval.taxonomy import printing
    from text2sql_eval.taxonomy.columns import column_errors
    from text2sql_eval.taxonomy.repairs import repairs
    from text2sql_eval.taxonomy.taxonomy import taxonomy as taxonomy_

    counts = by or (() if with_repair or with_routing or with_columns else ("type",))
    with contextlib.ExitStack() as stack:
        lake = stack.enter_context(store.open(address, create=False))
        if version is not None:
            lake = stack.enter_context(lake.at(version))
        errors = taxonomy_(
            lake,
            runs,
            comparator=comparator,
            gold_revision=gold_revision,
            gate=gate,
            stage=stage,
            clauses="clause" in counts,
            started=_bar(stack),
            processes=processes,
            arguments=sys.argv[1:],
            allow_trained=allow_trained,
        )
        judged = partial(repairs, lake, runs, comparator=comparator, gold_revision=gold_revision, gate=gate)
        repaired = judged(unit=unit, attempts=attempts, allow_trained=allow_trained) if with_repair or with_routing else []
        of_columns = partial(column_errors, lake, runs, comparator=comparator, gold_revision=gold_revision, gate=gate)
        columns = of_columns(allow_trained=allow_trained) if with_columns else []
    say_left_out(errors.left_out)
    if style == "json":
        output.json_line(printing.whole(errors, repaired, columns))
        return
    as_markdown = style == "markdown"
    sections: list[Callable[[], None]] = []
    for name, print_ in (("type", printing.types), ("clause", printing.clauses), ("database", printing.databases)):
        if name in counts:
            sections.append(partial(print_, errors, as_markdown=as_markdown))
    if with_repair:
        sections.append(partial(printing.repairs, repaired, as_markdown=as_markdown))
    if with_routing:
        sections.append(partial(printing.routes, repaired, as_markdown=as_markdown))
    if with_columns:
        sections.append(partial(printing.columns, columns, as_markdown=as_markdown))
    for section in sections:
        section()
    printing.learnt(errors)
    printing.excluded((total.run, total.excluded) for total in errors.totals)
    unjudged = [run for run in runs if run not in {total.run for total in errors.totals}]
    if unjudged:
        output.note(
            f"Not labelled by {comparator} under the current settings, so not shown: {', '.join(unjudged)}. Run: t2s label"
        )


def _bar(stack: "ExitStack") -> "Callable[[int], Callable[[int], None]]":
    from store.progress import bar

    return lambda total: stack.enter_context(bar("comparing clauses", total, unit="SQL"))
