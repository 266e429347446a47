"""Make synthetic hard negatives: mutants of correct queries that execute and are wrong."""

import sys
from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_data.pairs.synthetic import Synthesised

TYPES = (
    "wrong_column",
    "wrong_table",
    "missing_join",
    "wrong_aggregation",
    "wrong_condition",
    "wrong_group_by",
    "wrong_order_limit",
)


@click.command()
@click.option("--name", required=True, help="Name of the new pair set.")
@click.option("--run", "runs", multiple=True, help="Change the correct candidates of this run; repeatable.")
@click.option("--benchmark", help="Change the golds of this benchmark.")
@click.option("--comparator", default="bird", show_default=True, help="Who says what is correct, and what is the same result.")
@click.option("--gold-revision", default="original", show_default=True, help="Gold revision of the verdicts, or of the golds.")
@click.option("--type", "types", multiple=True, type=click.Choice(TYPES), help="Only this type of mutation; repeatable.")
@click.option("--per-question", type=click.IntRange(1), default=2, show_default=True, help="Pairs of a question, at most.")
@click.option("--seed", type=int, default=13, show_default=True, help="Another seed draws other mutants.")
@click.option("--executable-only", is_flag=True, help="Only mutants that execute; the same as --max-not-executable 0.")
@click.option(
    "--max-not-executable",
    type=click.FloatRange(0, 1),
    default=0.25,
    show_default=True,
    help="Largest share of pairs whose rejected query does not execute.",
)
@click.option("--processes", type=click.IntRange(1), help="Worker processes; one a processor when not given.")
@click.option("--dry-run", is_flag=True, help="Execute and decide everything, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def synthesise(
    address: Address,
    name: str,
    runs: tuple[str, ...],
    benchmark: str | None,
    comparator: str,
    gold_revision: str,
    types: tuple[str, ...],
    per_question: int,
    seed: int,
    executable_only: bool,
    max_not_executable: float,
    processes: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Change correct queries in one stated way, execute what comes of it, and keep what is wrong.

    A mutant is kept if its result differs from that of the correct query and of every gold. Names and values come from the
    stored schema, and the text stays in the words of the original.

    \b
    Example:
      t2s pairs synthesise --name hard --benchmark spider_dev --per-question 2
      t2s pairs synthesise --name hard_sft --run sft_vf --type wrong_condition --executable-only
    """
    import contextlib
    from collections.abc import Callable

    import store
    from store.progress import bar
    from text2sql_data.pairs.synthetic import Recipe, Source
    from text2sql_data.pairs.synthetic import synthesise as make

    if bool(runs) == (benchmark is not None):
        raise click.UsageError("Give either --run or --benchmark.")
    with store.open(address, create=False) as lake, contextlib.ExitStack() as stack:

        def started(what: str, total: int) -> Callable[[int], None]:
            stack.pop_all().close()
            return stack.enter_context(bar(what, total, unit="SQL"))

        done = make(
            lake,
            name,
            Source(runs, benchmark, comparator, gold_revision),
            Recipe(types, per_question, seed, 0.0 if executable_only else max_not_executable),
            processes=processes,
            started=started,
            arguments=sys.argv[1:],
            dry_run=dry_run,
        )
    _say(done, as_json=as_json, dry_run=dry_run)


def _say(done: "Synthesised", *, as_json: bool, dry_run: bool) -> None:
    from store import output

    if dry_run:
        output.note("Dry run: nothing was written.")
    kept = done.recorded
    total, executable = sum(kept.pairs.values()), sum(done.executable.values())
    if as_json:
        output.json_line(
            {
                "pair_set": kept.name,
                "pairs": kept.pairs,
                "executable": done.executable,
                "mutants": done.mutants,
                "dropped": kept.dropped,
                "without": done.without,
                "unusable": done.unusable,
                "already": kept.already,
            }
        )
        return
    rows = [(type_, count, done.executable.get(type_, 0)) for type_, count in kept.pairs.items()]
    output.table(("type", "pairs", "executable and wrong"), rows, right=(False, True, True))
    share = f", {executable / total:.2%} executable and wrong" if total else ""
    click.echo(f"{kept.name}: {total:,} pairs of {done.mutants:,} mutants{share}{'; there already' if kept.already else ''}")
    if kept.dropped:
        click.echo(f"dropped: {_listed(kept.dropped)}")
    if done.without:
        click.echo(f"questions without a pair: {_listed(done.without)}")
    for database, reason in done.unusable.items():
        output.note(f"warning: {database} {reason}; its SQL was not executed.")


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
