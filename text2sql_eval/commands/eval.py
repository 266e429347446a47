"""Compute figures: EX, oracle@k, majority, pick-rate, ..."""

from typing import TYPE_CHECKING, Literal

import click

from store.address import Address
from text2sql_eval.commands import options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

    from store import Lake
    from text2sql_eval.declared import Helped
    from text2sql_eval.figures import Figures, Measure

_GATES = ("exec_ok", "critique", "always")


@click.command("eval")
@click.option("--run", "runs", multiple=True, help="Only this run; repeatable.")
@click.option("--benchmark", "benchmarks", multiple=True, help="Only runs of this benchmark; repeatable.")
@click.option("--comparator", "comparators", multiple=True, help="Only this comparator; repeatable.")
@options.gold_revision
@click.option(
    "--gate",
    type=click.Choice(_GATES),
    default="exec_ok",
    show_default=True,
    help="When a fix is taken: where the planner's SQL does not execute; also where a critique says incorrect; always.",
)
@click.option(
    "--by", type=click.Choice(["difficulty", "database"]), multiple=True, help="Figures by difficulty or database as well."
)
@click.option("--common", is_flag=True, help="Count only the questions that all these runs answer.")
@click.option(
    "--interval",
    "level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    is_flag=False,
    flag_value=0.95,
    metavar="[LEVEL]",
    help="Bootstrap intervals of this level, 0.95 when none is given.",
)
@click.option(
    "--cluster",
    type=click.Choice(["database", "question"]),
    default="database",
    show_default=True,
    help="What the intervals resample: whole databases, or questions as if they were independent.",
)
@options.resamples
@options.seed
@click.option("--curves", is_flag=True, help="Oracle and expected majority at every k as well.")
@click.option("--headroom", is_flag=True, help="What is missing to 100: beyond the oracle, or lost by the selection.")
@click.option(
    "--selector", "selectors", multiple=True, help="What this selector picked as well (see t2s select list); repeatable."
)
@click.option("--soft-f1", is_flag=True, help="BIRD's Soft-F1 as well; compares rows.")
@click.option("--r-ves", is_flag=True, help="BIRD's R-VES as well; times every correct SQL and its gold anew, on this machine.")
@click.option("--repeats", type=click.IntRange(1), default=100, show_default=True, help="Timings of an SQL for --r-ves.")
@options.allow_trained
@options.at
@click.option("--json", "style", flag_value="json", help="One JSON object a figure and line.")
@click.option("--markdown", "style", flag_value="markdown", help="A Markdown table.")
@click.pass_obj
def eval_(
    address: Address,
    runs: tuple[str, ...],
    benchmarks: tuple[str, ...],
    comparators: tuple[str, ...],
    gold_revision: str,
    gate: str,
    by: tuple[str, ...],
    common: bool,
    level: float | None,
    cluster: Literal["database", "question"],
    resamples: int,
    seed: int,
    curves: bool,
    headroom: bool,
    selectors: tuple[str, ...],
    soft_f1: bool,
    r_ves: bool,
    repeats: int,
    allow_trained: bool,
    version: int | None,
    style: str | None,
) -> None:
    """Compute the figures of runs, each with what it was divided by and what was left out and why.

    \b
    Example:
      t2s eval --comparator bird
      t2s eval --run sft_vf --run indep --common
      t2s eval --run sft_vf --interval --curves --headroom
      t2s eval --run sft_vf --selector features --selector majority
    """
    import contextlib

    import store
    from store import output
    from text2sql_eval import printing
    from text2sql_eval.declared import declared_gates, gold_feedback, trained_on, trained_sentence
    from text2sql_eval.figures import figures
    from text2sql_eval.learnt import as_json as in_training
    from text2sql_eval.statistics.bootstrap import Resampling

    with contextlib.ExitStack() as stack:
        lake = stack.enter_context(store.open(address, create=False))
        if version is not None:
            lake = stack.enter_context(lake.at(version))
        found = figures(
            lake,
            runs=runs or None,
            benchmarks=benchmarks or None,
            comparators=comparators or None,
            gold_revision=gold_revision,
            gate=gate,
            dimensions=("all", *by),
            common=common,
            interval=None if level is None else Resampling(level, cluster, resamples, seed),
            measures=[
                *_counting(lake, curves=curves, headroom=headroom, selectors=selectors, gate=gate, seed=seed),
                *_executing(stack, lake, soft_f1=soft_f1, r_ves=r_ves, repeats=repeats),
            ],
            allow_trained=allow_trained,
        )
        helped = gold_feedback(lake, gate)
        others = {run: own for run, own in declared_gates(lake).items() if own != gate}
        shown_runs = {figure.run for figure in found.figures}
        trained = [one for one in trained_on(lake, selectors, gate) if one.run in shown_runs]
    if r_ves:
        output.note(f"R-VES: times of now, on this machine, {repeats} repeats; another machine or moment gives another figure.")
    printing.say_left_out(found.left_out)
    if style == "json":
        learnt = in_training(found.learnt)
        for figure in found.figures:
            saw_gold = helped[figure.run].saw_gold if figure.run in helped else 0
            marked = [one for one in trained if one.run == figure.run and figure.metric.endswith(f":{one.selector}")]
            said = {"trained_on": {"questions": marked[0].question, "databases": marked[0].database}} if marked else {}
            also = {"in_training": learnt[figure.run]} if figure.run in learnt else {}
            output.json_line({**printing.as_json(figure), "saw_gold": saw_gold, **said, **also})
        return
    for shown, tables in (
        (level is None, printing.tables),
        (level is not None, printing.interval_tables),
        (curves, printing.curve_tables),
        (headroom, printing.headroom_tables),
        (bool(selectors) and level is None, printing.selector_tables),
    ):
        if shown:
            tables(found, as_markdown=style == "markdown")
    _say_declared(found, helped, others, gate)
    for one in trained:
        click.echo(trained_sentence(one))
    _say_unchosen(found, selectors)
    printing.say_intervals(found)
    for common_ in found.common:
        printing.say_common(common_, common=common)
    for comparator, names in found.unjudged.items():
        output.note(f"Not labelled by {comparator} under the current settings, so not shown: {', '.join(names)}. Run: t2s label")


def _say_unchosen(found: "Figures", selectors: tuple[str, ...]) -> None:
    """Say for which shown runs a selector that was asked for has not chosen."""
    from store import output

    for name in selectors:
        chosen_for = {figure.run for figure in found.figures if figure.metric == f"selector:{name}"}
        if missing := [run for run in dict.fromkeys(figure.run for figure in found.figures) if run not in chosen_for]:
            output.note(f"{name} has not chosen for {', '.join(missing)}: t2s select run (or fit --also)")


def _say_declared(found: "Figures", helped: "dict[str, Helped]", others: dict[str, str], gate: str) -> None:
    """Say of which shown runs the gold helped to make the answers, and which were made for another gate."""
    from store import output
    from text2sql_eval import learnt
    from text2sql_eval.declared import sentence

    for run in dict.fromkeys(figure.run for figure in found.figures):
        if run in helped:
            click.echo(sentence(run, helped[run]))
        if run in others:
            output.note(f"{run} was made for the gate {others[run]}, and these figures are with {gate}: see --gate {others[run]}")
    for shared in found.learnt:
        click.echo(learnt.sentence(shared))


def _counting(
    lake: "Lake", *, curves: bool, headroom: bool, selectors: tuple[str, ...], gate: str, seed: int
) -> "Iterator[Measure]":
    """The measures that were asked for and need nothing but the outcomes."""
    from functools import partial

    from text2sql_eval.statistics.curves import majority_curve
    from text2sql_eval.statistics.headroom import headroom as headroom_
    from text2sql_eval.statistics.selectors import require_selectors, selector_terms

    if curves:
        yield partial(majority_curve, seed=seed)
    if headroom:
        yield headroom_
    if selectors:
        require_selectors(lake, selectors, gate)
        yield partial(selector_terms, selectors=selectors)


def _executing(stack: "ExitStack", lake: "Lake", *, soft_f1: bool, r_ves: bool, repeats: int) -> "Iterator[Measure]":
    """The measures that were asked for and execute SQL."""
    from functools import partial

    from store.progress import bar
    from text2sql_eval.statistics import r_ves as r_ves_
    from text2sql_eval.statistics import soft_f1 as soft_f1_

    if soft_f1:
        advance = stack.enter_context(bar("comparing rows", None, unit="results"))
        yield partial(soft_f1_.measure, lake=lake, advance=advance)
    if r_ves:
        advance = stack.enter_context(bar("timing", None, unit="SQL"))
        yield partial(r_ves_.measure, lake=lake, repeats=repeats, advance=advance)
