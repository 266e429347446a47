"""Criticise SQL by rules, and score whoever criticises."""

import sys
from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_data.critiques.running import Criticised
    from text2sql_data.critiques.scoring import Score

_COUNTS = ("critiques", "n", "unparsed", "unknown", "hits", "false_alarms", "misses", "passes")
_SHARES = ("precision", "recall", "f1", "agreement")


@click.group()
def critique() -> None:
    """Criticise candidates by rules, and score the critiques of every validator."""


@critique.command()
@click.option("--run", "runs", multiple=True, help="Only the candidates of this run; repeatable.")
@click.option("--critic", "critics", multiple=True, help="Only this rule critic; repeatable. Default: all of them.")
@click.option("--processes", type=click.IntRange(1), help="Worker processes; one a processor when not given.")
@click.option("--dry-run", is_flag=True, help="Only say how much there is to examine.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def run(
    address: Address,
    runs: tuple[str, ...],
    critics: tuple[str, ...],
    processes: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Let the rule critics examine every candidate that this version of them has not examined yet.

    Each distinct SQL is examined once a database, and what is found becomes critiques of all candidates with that SQL. Stopped at
    any point, it does only what is missing when it is started again. With --critic candidates do not count as examined, because
    the other critics have not seen them.

    \b
    Example:
      t2s critique run
      t2s critique run --run sft_vf --critic unknown_column --critic ambiguous_column
    """
    import contextlib
    from collections.abc import Callable

    import store
    from store.progress import bar
    from text2sql_data.critiques import running

    with store.open(address, create=False) as lake, contextlib.ExitStack() as stack:

        def started(total: int) -> Callable[[int], None]:
            return stack.enter_context(bar("criticising", total, unit="SQL"))

        done = running.run(
            lake,
            runs=runs or None,
            critics=critics or None,
            processes=processes,
            started=started,
            arguments=sys.argv[1:],
            dry_run=dry_run,
        )
    _say(done, dry_run=dry_run, as_json=as_json)


def _say(done: "Criticised", *, dry_run: bool, as_json: bool) -> None:
    from store import output

    if as_json:
        output.json_line(done._asdict())
        return
    if dry_run:
        click.echo(f"{done.statements:,} SQL of {done.candidates:,} candidates to examine by {done.regime}.")
    elif not done.statements and not done.postponed:
        click.echo(f"Nothing to examine by {done.regime}.")
    else:
        click.echo(
            f"{done.statements:,} SQL of {done.candidates:,} candidates examined by {done.regime}: {done.critiques:,} critiques."
        )
    if done.findings:
        output.table(("critic", "SQL with findings"), list(done.findings.items()), right=(False, True))
    for counts, what in ((done.skipped, "candidates cannot be examined"), (done.postponed, "SQL left for the next run")):
        for reason, count in counts.items():
            output.note(f"{count:,} {what}: {reason}.")


@critique.command()
@click.option("--run", "runs", multiple=True, help="Only the candidates of this run; repeatable.")
@click.option("--comparator", default="bird", show_default=True, help="Comparator of the labels.")
@click.option("--gold-revision", default="original", show_default=True, help="Gold revision of the labels.")
@click.option(
    "--by",
    default="validator,regime",
    show_default=True,
    help="What to tell apart, with commas: validator, regime, run, benchmark, database, stage.",
)
@click.option("--json", "style", flag_value="json", help="One JSON object a line.")
@click.option("--markdown", "style", flag_value="markdown", help="A Markdown table.")
@click.pass_obj
def score(address: Address, runs: tuple[str, ...], comparator: str, gold_revision: str, by: str, style: str | None) -> None:
    """Score the verdicts of every validator against the labels: precision, recall, F1, agreement and Cohen's kappa.

    Positive is what a validator calls incorrect. Critiques that do not conclude, and those of candidates whose label is unknown,
    are counted and not scored.

    \b
    Example:
      t2s critique score --comparator bird
      t2s critique score --run sft_vf --by validator,regime,database --markdown
    """
    import store
    from store import output
    from text2sql_data.critiques import scoring

    slices = [name.strip() for name in by.split(",")]
    for name in slices:
        if name not in scoring.SLICES:
            raise click.UsageError(f"--by knows {', '.join(scoring.SLICES)}, and not {name or 'nothing'}.")
    with store.open(address, create=False) as lake:
        scores = scoring.score(lake, comparator=comparator, gold_revision=gold_revision, runs=runs or None, by=slices)
    if style == "json":
        for one in scores:
            output.json_line({"comparator": comparator, "gold_revision": gold_revision, **one._asdict()})
        return
    if not scores:
        output.note("There are no critiques of these candidates. Rule critics write some with: t2s critique run")
        return
    columns = (*slices, *_COUNTS, *_SHARES, "kappa")
    right = [name not in slices for name in columns]
    rows = [_cells(one, slices) for one in scores]
    if style == "markdown":
        output.markdown([name.replace("_", " ") for name in columns], rows, right)
    else:
        output.table(
            [name.replace("_", " ") for name in columns],
            rows,
            title=f"critiques against comparator {comparator}: shares in per cent",
            right=right,
        )


def _cells(one: "Score", slices: list[str]) -> list[str]:
    values = one._asdict()
    shares = ["-" if values[name] is None else f"{100 * values[name]:.2f}" for name in _SHARES]
    kappa = "-" if one.kappa is None else f"{one.kappa:.3f}"
    return [*(values[name] or "-" for name in slices), *(f"{values[name]}" for name in _COUNTS), *shares, kappa]
