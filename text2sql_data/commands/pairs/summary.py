"""Summarise a run in turns: right at once, repaired or failed, and what its SQL costs."""

import sys

import click

from store.address import Address

_COUNTS = {
    "first_turn_example_accuracy": "n_questions",
    "final_example_execution_accuracy": "n_questions",
    "first_turn_execution_accuracy": "n_first_turn",
    "candidate_execution_accuracy": "n_candidates",
    "syntax_error_rate": "n_syntax",
    "schema_valid_rate": "n_schema",
    "executable_rate": "n_executable",
    "repair_success_rate": "n_repair",
    "avg_candidate_reward": "n_rewards",
}


@click.command()
@click.argument("run")
@click.option("--comparator", default="bird", show_default=True, help="Whose verdicts count; file:RUN for the flags of a file.")
@click.option("--gold-revision", default="original", show_default=True, help="Gold revision of the verdicts.")
@click.option(
    "--max-turns", type=click.IntRange(1), help="The last turn: wrong there has the lowest reward. Default: the highest."
)
@click.option("--plans", is_flag=True, help="First make the query plans that are missing, and keep them in the lake.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def summary(
    address: Address, run: str, comparator: str, gold_revision: str, max_turns: int | None, plans: bool, as_json: bool
) -> None:
    """Print the figures of RUN, each with what it was divided by, and the questions that do not count.

    \b
    Example:
      t2s pairs summary trajectories --comparator file:trajectories --plans --json
    """
    import store
    from store import output
    from text2sql_data.pairs.summary import add_plans, summarise

    with store.open(address, create=False) as lake:
        if plans:
            made = add_plans(lake, run, comparator=comparator, gold_revision=gold_revision, arguments=sys.argv[1:])
            for database, reason in made.unusable.items():
                output.note(f"warning: {database} {reason}; there are no query plans for it.")
        found = summarise(lake, run, comparator=comparator, gold_revision=gold_revision, max_turns=max_turns)
    if as_json:
        output.json_line({"run": run, "comparator": comparator, "gold_revision": gold_revision, **found})
        return
    click.echo(output.visible(f"{run}, comparator {comparator}, gold revision {gold_revision}"))
    for name in ("total", "status", "excluded"):
        click.echo(f"{name}: {_shown(found[name])}")
    rows = [(name, "-" if found[name] is None else f"{found[name]:.4f}", found[n]) for name, n in _COUNTS.items()]
    output.table(("figure", "value", "n"), rows, right=(False, True, True))
    click.echo(f"cost flags: {_shown(found['cost_flags'])}")
    if found["plans_unknown"]:
        output.note(f"{found['plans_unknown']} candidates have no query plan yet: add --plans.")


def _shown(value: object) -> str:
    """A number, or counts by name."""
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in value.items() if count) or "none"
    return "none" if value is None else str(value)
