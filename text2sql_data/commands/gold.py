"""Audit gold SQL: failing, empty, tied, and other doubtful golds."""

import sys
from collections.abc import Mapping

import click

from store.address import Address
from text2sql_data.golds import KINDS


@click.group()
def gold() -> None:
    """Look into the gold SQL of benchmarks."""


@gold.command()
@click.option("--benchmark", help="Only this benchmark; all of them when not given.")
@click.option("--gold-revision", default="original", show_default=True, help="Gold revision to look at.")
@click.option("--check", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="Only this kind of finding; repeatable.")
@click.option("--processes", type=click.IntRange(1), help="Worker processes; one a processor when not given.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding, and the summary as the last one.")
@click.option("--markdown", "as_markdown", is_flag=True, help="A Markdown table, and the summary under it.")
@click.pass_obj
def audit(
    address: Address,
    benchmark: str | None,
    gold_revision: str,
    kinds: tuple[str, ...],
    processes: int | None,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """List the golds that fail, take too long or return nothing, and those whose result is doubtful.

    Doubtful is a LIMIT that cuts a tie, a NULL that sorts first, a number compared as text, the clock, chance. Golds that
    were not executed yet are executed first. A tie whose rows all show the same values is no finding.

    \b
    Example:
      t2s gold audit --benchmark spider_dev --check tie --check text_number
    """
    import store
    from store import output
    from text2sql_data.golds.audit import Finding
    from text2sql_data.golds.audit import audit as look

    if as_json and as_markdown:
        raise click.UsageError("--json and --markdown exclude each other.")
    with store.open(address, create=False) as lake:
        done = look(
            lake,
            benchmark=benchmark,
            gold_revision=gold_revision,
            kinds=kinds or None,
            processes=processes,
            arguments=sys.argv[1:],
        )
    counts = {kind: number for kind in KINDS if (number := sum(finding.kind == kind for finding in done.findings))}
    if as_json:
        output.json_lines(Finding._fields, done.findings)
        summary = {"looked_at": done.looked_at, "findings": counts, "not_looked_at": done.skipped, "not_probed": done.unprobed}
        output.json_line({"summary": summary})
        return
    if as_markdown:
        output.markdown(Finding._fields, [["" if cell is None else str(cell) for cell in row] for row in done.findings])
        click.echo()
    elif done.findings:
        output.table(Finding._fields, done.findings)
    n_golds = len({(finding.benchmark, finding.position) for finding in done.findings})
    click.echo(f"{done.looked_at:,} golds looked at, {n_golds:,} with findings{_listed(counts)}.")
    if done.skipped:
        click.echo(f"{sum(done.skipped.values()):,} questions whose gold was not looked at{_listed(done.skipped)}.")
    if done.unprobed:
        click.echo(f"{sum(done.unprobed.values()):,} places that could not be probed{_listed(done.unprobed)}.")


def _listed(counts: Mapping[str, int]) -> str:
    return ": " + ", ".join(f"{number:,} {what}" for what, number in counts.items()) if counts else ""
