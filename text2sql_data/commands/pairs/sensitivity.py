"""How much a fixer's SQL depends on the critiques that it reads."""

import click

from store.address import Address


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@click.option("--comparator", default="bird", show_default=True, help="Whose verdicts count.")
@click.option("--gold-revision", default="original", show_default=True, help="Gold revision of the verdicts.")
@click.option(
    "--by-validator", is_flag=True, help="Also each validator by itself: its critiques differ, all others are the same."
)
@click.option("--json", "style", flag_value="json", help="One JSON object a line.")
@click.option("--markdown", "style", flag_value="markdown", help="A Markdown table.")
@click.pass_obj
def sensitivity(
    address: Address, runs: tuple[str, ...], comparator: str, gold_revision: str, style: str | None, *, by_validator: bool
) -> None:
    """How often another critique of the same SQL leads the fixer to another SQL, result or verdict.

    Beside it, how often two fixes differ although they read the same critiques: a fixer that is sampled differs from itself, so
    only what goes beyond that is due to the critiques. Without names it shows all runs with fixes.

    \b
    Example:
      t2s pairs sensitivity sft_vf collab indep
    """
    import store
    from store import output
    from text2sql_data.pairs.yields import sensitivity as ask

    with store.open(address, create=False) as lake:
        found = ask(lake, runs, comparator=comparator, gold_revision=gold_revision, validators=by_validator)
    if style == "json":
        for row in found:
            output.json_line(row._asdict())
        return
    names = (
        "run",
        "validator",
        "rollouts",
        "fixed",
        "doubted, changed",
        "critiques",
        "pairs",
        "questions",
        "SQL",
        "result",
        "verdict",
    )
    cells = []
    for row in found:
        changed = _share(row.doubted_changed, row.doubted_fixed)
        cells += [
            (
                row.run, row.validator, str(row.rollouts), str(row.fixed), changed, "differ", str(row.other_pairs),
                str(row.other_questions), _share(row.other_sql, row.other_pairs), _share(row.other_result, row.other_results),
                _share(row.other_verdict, row.other_verdicts),
            ),
            (
                row.run, row.validator, "", "", "", "the same", str(row.same_pairs), str(row.same_questions),
                _share(row.same_sql, row.same_pairs), _share(row.same_result, row.same_results),
                _share(row.same_verdict, row.same_verdicts),
            ),
        ]  # fmt: skip
    right = [name not in {"run", "validator", "critiques"} for name in names]
    if style == "markdown":
        output.markdown(names, cells, right)
        return
    output.table(
        names, cells, title=f"Two fixes of the same SQL: how often they differ, in per cent; comparator {comparator}", right=right
    )


def _share(part: int, whole: int) -> str:
    """Per cent, and a dash of nothing."""
    return f"{100 * part / whole:.2f}" if whole else "-"
