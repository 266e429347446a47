"""Compute figures: EX, oracle@k, majority, pick-rate, ..."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from text2sql_eval.figures import Common, Figure, Figures

_GATES = ("exec_ok", "critique", "always")
_COLUMNS = (  # metric, whether it looks at one sample only, heading; pipeline@1 is EX, and stands in --json
    ("ex", True, "EX"),
    ("greedy", True, "greedy@1"),
    ("any_correct", False, "oracle"),
    ("majority", False, "majority"),
    ("random_pick", False, "random"),
    ("pick_rate", False, "pick-rate"),
    ("pick_rate_mixed", False, "mixed"),
    ("candidate_ex", True, "candidate EX"),
    ("executable", True, "executable"),
)


@click.command("eval")
@click.option("--run", "runs", multiple=True, help="Only this run; repeatable.")
@click.option("--benchmark", "benchmarks", multiple=True, help="Only runs of this benchmark; repeatable.")
@click.option("--comparator", "comparators", multiple=True, help="Only this comparator; repeatable.")
@click.option("--gold-revision", default="original", show_default=True, help="Gold revision of the verdicts.")
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
@click.option("--at", "version", type=click.IntRange(0), help="The lake as it was at this version.")
@click.option("--json", "style", flag_value="json", help="One JSON object a figure and line.")
@click.option("--markdown", "style", flag_value="markdown", help="A Markdown table.")
@click.pass_obj
def eval_(
    path: Path,
    runs: tuple[str, ...],
    benchmarks: tuple[str, ...],
    comparators: tuple[str, ...],
    gold_revision: str,
    gate: str,
    by: tuple[str, ...],
    common: bool,
    version: int | None,
    style: str | None,
) -> None:
    """Compute the figures of runs, each with what it was divided by and what was left out and why.

    \b
    Example:
      t2s eval --comparator bird
      t2s eval --run sft_vf --run indep --common
    """
    import contextlib

    import store
    from store import output
    from text2sql_eval.figures import figures

    with contextlib.ExitStack() as stack:
        lake = stack.enter_context(store.open(path, create=False))
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
        )
    if style == "json":
        for figure in found.figures:
            percent = None if figure.value is None else round(100 * figure.value, 2)
            output.json_line({**figure._asdict(), "percent": percent})
        return
    _tables(found, as_markdown=style == "markdown")
    for shared in found.common:
        _say_common(shared, common=common)
    for comparator, names in found.unjudged.items():
        output.note(f"Not labelled by {comparator} under the current settings, so not shown: {', '.join(names)}. Run: t2s label")


def _tables(found: "Figures", *, as_markdown: bool) -> None:
    """A table a benchmark and comparator: a row a run and slice, a column a metric, in per cent."""
    from itertools import groupby

    from store import output

    revisions = {(figure.benchmark, figure.revision) for figure in found.figures}
    groups = groupby(found.figures, key=lambda f: (f.benchmark, f.revision, f.comparator))
    for number, ((benchmark, revision, comparator), group) in enumerate(groups):
        if number:
            click.echo()
        rows = [list(row) for _, row in groupby(group, key=lambda f: (f.run, f.dimension, f.slice))]
        several = any(figure.k > 1 for row in rows for figure in row)
        columns = [column for column in _COLUMNS if several or column[0] in {"ex", "executable"}]
        slices = any(row[0].dimension != "all" for row in rows)
        names = ["run", *(["questions"] if slices else []), "K", "n", *(heading for *_, heading in columns)]
        cells = [_row(row, columns, slices=slices) for row in rows]
        right = [name not in {"run", "questions"} for name in names]
        several_revisions = sum(name == benchmark for name, _ in revisions) > 1
        title = f"{benchmark}{f' revision {revision}' if several_revisions else ''}, comparator {comparator}: per cent"
        if as_markdown:
            click.echo(f"**{title}**\n")
            output.markdown(names, cells, right)
            click.echo()
        else:
            output.table(names, cells, title=title, right=right)
        for line in _left_out(rows):
            click.echo(line)


def _row(row: "list[Figure]", columns: Sequence[tuple[str, bool, str]], *, slices: bool) -> list[str]:
    """The cells of one run; what compares samples is left out where there is one only."""
    largest = max(figure.k for figure in row)
    values = {(figure.metric, figure.k): figure.value for figure in row}
    first = row[0]
    cells = []
    for metric, single, _ in columns:
        value = values.get((metric, 1 if metric in {"ex", "greedy"} else largest)) if single or largest > 1 else None
        cells.append("-" if value is None else f"{100 * value:.2f}")
    where = [first.slice or ("all" if first.dimension == "all" else "none stated")] if slices else []
    return [first.run, *where, str(largest), str(first.n), *cells]


def _left_out(rows: "list[list[Figure]]") -> list[str]:
    """What the figures do not count, or count as not correct although it is not known to be wrong."""
    lines: dict[str, list[str]] = {}
    for row in rows:
        first = row[0]
        if first.dimension != "all":
            continue
        said = [
            f"{count} question{'s' if count > 1 else ''} excluded: {reason}" for reason, count in sorted(first.excluded.items())
        ]
        unanswered = next(figure for figure in row if figure.metric == "unanswered")
        if unanswered.value:
            count = round(unanswered.value * unanswered.n)
            said.append(
                f"{count} of {unanswered.n} candidates timed out, ran out of memory or crashed; they count as not correct"
            )
        if said:
            lines.setdefault("; ".join(said), []).append(first.run)
    return [f"{'All runs' if len(runs) == len(rows) > 1 else ', '.join(runs)}: {said}" for said, runs in lines.items()]


def _say_common(shared: "Common", *, common: bool) -> None:
    """Say how many questions the runs share, where they do not answer the same ones or only the common ones count."""
    from store import output

    if common:
        output.note(f"{shared.benchmark}, {shared.comparator}: {shared.questions} common questions of {len(shared.runs)} runs.")
    elif any(size != shared.questions for size in shared.sizes):
        output.note(
            f"{shared.benchmark}, {shared.comparator}: the runs answer {min(shared.sizes)} to {max(shared.sizes)} questions, "
            f"{shared.questions} common questions. Compare them with --common.",
        )
