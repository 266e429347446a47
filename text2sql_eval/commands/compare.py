"""Compare runs on their common questions: the gap with its interval, and what changed."""

from typing import TYPE_CHECKING, Literal

import click

from text2sql_eval.commands import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from text2sql_eval.comparison.model import Comparison
    from text2sql_eval.comparison.requirement import Requirement

_METRICS = (
    "pipeline",
    "ex",
    "greedy",
    "oracle",
    "any_correct",
    "majority",
    "majority_at_k",
    "random_pick",
    "pick_rate",
    "pick_rate_mixed",
    "candidate_ex",
    "executable",
    "soft_f1",
    "r_ves",
)
_SAID_NO = 3


def _parsed(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> "tuple[Requirement, ...]":
    """The requirements, or wrong usage."""
    from text2sql_eval.comparison.requirement import NAMES, parse

    found = []
    for text in value:
        requirement = parse(text)
        if requirement is None:
            message = f"{text!r} is not of the form NAME OPERATOR NUMBER; names: {', '.join(NAMES)}"
            raise click.BadParameter(message, ctx, param)
        found.append(requirement)
    return tuple(found)


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option("--metric", type=click.Choice(_METRICS), default="pipeline", show_default=True, help="What is compared.")
@click.option(
    "--selector",
    "selectors",
    multiple=True,
    help="Compare what this selector picked (see t2s select list); repeatable: then every run as each of them picks.",
)
@click.option(
    "--k", type=click.IntRange(1), help="Samples, for oracle and majority_at_k; the most that all runs have if not given."
)
@options.comparator
@options.gold_revision
@options.gate
@options.cluster
@options.level
@options.resamples
@options.seed
@click.option(
    "--require",
    "requirements",
    callback=_parsed,
    multiple=True,
    help="End with code 3 where this does not hold, such as 'gap_lower >= 1.0'; two runs only; repeatable.",
)
@click.option("--list", "with_lists", is_flag=True, help="List the questions that are won and lost.")
@options.allow_trained
@options.at
@click.option("--json", "style", flag_value="json", help="One JSON object.")
@click.option("--markdown", "style", flag_value="markdown", help="Markdown tables.")
@click.option("--latex", "style", flag_value="latex", help="A LaTeX table.")
@click.pass_context
def compare(
    ctx: click.Context,
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
    requirements: "tuple[Requirement, ...]",
    with_lists: bool,
    allow_trained: bool,
    version: int | None,
    style: str | None,
) -> None:
    """Compare runs, every two of them: the first minus the second, on the questions that count in all.

    A winner is named only where the interval of the gap does not contain zero and the exact test agrees. --require knows gap,
    gap_lower, gap_upper, a and b (all in points), p_value and n, and the operators >= <= > < == !=.

    \b
    Example:
      t2s compare collab indep
      t2s compare collab indep --metric oracle --require "gap_lower >= 1.0"
      t2s compare collab indep --selector features
      t2s compare sft_vf --selector features --selector majority
    """
    import contextlib
    from functools import partial

    import store
    from store import output
    from text2sql_eval.comparison import printing
    from text2sql_eval.comparison.comparing import compare as compare_
    from text2sql_eval.declared import warnings
    from text2sql_eval.statistics import curves, r_ves, soft_f1
    from text2sql_eval.statistics.bootstrap import Resampling

    _check_usage(runs, metric, selectors, k, requirements)
    with contextlib.ExitStack() as stack:
        lake = stack.enter_context(store.open(ctx.obj, create=False))
        if version is not None:
            lake = stack.enter_context(lake.at(version))
        found = compare_(
            lake,
            runs,
            metric=metric,
            k=k,
            comparator=comparator,
            gold_revision=gold_revision,
            gate=gate,
            selectors=selectors,
            resampling=Resampling(level, cluster, resamples, seed),
            measures={
                "majority_at_k": partial(curves.majority_curve, seed=seed),
                "soft_f1": partial(soft_f1.measure, lake=lake),
                "r_ves": partial(r_ves.measure, lake=lake),
            },
            allow_trained=allow_trained,
        )
        said = warnings(lake, runs, gate, selectors, found.learnt)
    for text in said:
        output.note(f"warning: {text}")
    if metric == "r_ves":
        output.note("R-VES: times of now, on this machine; another machine or moment gives another figure.")
    if style == "json":
        output.json_line(printing.as_json(found))
    elif style == "latex":
        click.echo(printing.latex(found))
    else:
        printing.tables(found, as_markdown=style == "markdown", with_lists=with_lists)
    if not _hold(found, requirements):
        ctx.exit(_SAID_NO)


def _check_usage(
    runs: "Sequence[str]", metric: str, selectors: "Sequence[str]", k: int | None, requirements: "Sequence[Requirement]"
) -> None:
    """Refuse options that do not go together."""
    if requirements and len(runs) * max(1, len(selectors)) > 2:  # noqa: PLR2004 - A and B
        raise click.UsageError("--require is about two runs, or two selectors of one run.")
    if selectors and metric != "pipeline":
        raise click.UsageError("--selector compares what selectors picked; --metric is something else.")
    if k is not None and metric not in {"oracle", "majority_at_k"}:
        raise click.UsageError(f"--k is for oracle and majority_at_k; {metric} has none.")


def _hold(found: "Comparison", requirements: "Sequence[Requirement]") -> bool:
    """Say of each requirement whether it holds; whether all do."""
    from store import output
    from text2sql_eval.comparison.requirement import holds

    (a, b), pair = found.sides[:2], found.pairs[0]
    values = {
        "gap": pair.gap.value,
        "gap_lower": pair.gap.lower,
        "gap_upper": pair.gap.upper,
        "a": a.figure.value,
        "b": b.figure.value,
    }
    known = {name: None if value is None else 100 * value for name, value in values.items()}
    known |= {"p_value": pair.p_value, "n": float(found.n)}
    answers = [(requirement, holds(requirement, known)) for requirement in requirements]
    for requirement, answer in answers:
        value = known[requirement.name]
        output.note(
            f"{requirement}: {'holds' if answer else 'does not hold'} ({'undefined' if value is None else f'{value:.4g}'})"
        )
    return all(answer for _, answer in answers)
