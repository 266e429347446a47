"""Say what differs between two pins."""

from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_data.datasets.comparing import Comparison


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "--examples", type=click.IntRange(0), default=3, show_default=True, help="Show so many rows of each kind and reason."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def diff(address: Address, before: str, after: str, examples: int, as_json: bool) -> None:
    """Say what differs between the pins A and B: rows added, removed, moved to another split, relabelled, re-rendered, and why.

    \b
    Example:
      t2s pin diff selector@1 selector@2
    """
    import store
    from store import output, pins
    from text2sql_data.datasets.comparing import compare_pins

    with store.open(address, create=False) as lake:
        one, other = pins.find(lake, before), pins.find(lake, after)
        found = compare_pins(lake, one, other, examples=examples)
    if as_json:
        output.json_line({"before": one.ref, "after": other.ref, **as_dict(found)})
        return
    click.echo(f"{one.ref} ({one.n_rows:,} rows) to {other.ref} ({other.n_rows:,} rows)")
    say(found)


def as_dict(found: "Comparison") -> dict[str, object]:
    """A comparison as JSON has it."""
    reasons = [{"change": change, "reason": reason, "rows": count} for (change, reason), count in found.reasons.items()]
    examples = [{**change._asdict(), "fields": [field._asdict() for field in change.fields]} for change in found.examples]
    return {**found._asdict(), "reasons": reasons, "examples": examples}


def say(found: "Comparison") -> None:
    """Print a comparison for people."""
    from store import output

    click.echo(f"{found.same:,} rows are the same{f', {found.reordered:,} at another place' if found.reordered else ''}.")
    if not found.differ:
        return
    rows = [(change.replace("_", "-"), reason, count) for (change, reason), count in found.reasons.items()]
    output.table(("change", "reason", "rows"), rows, right=[False, False, True])
    for change in found.examples:
        split = " to ".join(dict.fromkeys(part for part in (change.split_before, change.split_after) if part))
        question = "" if change.position is None else f", {change.benchmark} {change.position}"
        what = ", ".join(name.replace("_", "-") for name in change.changes)
        click.echo(
            output.visible(
                f"{what} ({change.reason}): {change.row}, {split}{question}{f': {change.detail}' if change.detail else ''}"
            )
        )
        for field in change.fields:
            for mark, side in (("-", field.before), ("+", field.after)):
                click.echo(output.visible(f"  {mark} {field.name}: {side}".replace("\n", "\\n")))
