"""Select pairs of other sets by filters and caps."""

import sys
from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_data.pairs.filtering import Cap
    from text2sql_data.pairs.selecting import Selected


@click.command()
@click.argument("sets", nargs=-1, required=True, metavar="SET...")
@click.option("--name", required=True, help="Name of the new pair set.")
@click.option("--type", "types", multiple=True, help="Only this type of pair; repeatable.")
@click.option("--exclude-type", "exclude_types", multiple=True, help="No pair of this type; repeatable.")
@click.option("--origin", "origins", multiple=True, help="Only natural, gold or synthetic pairs; repeatable.")
@click.option("--exclude-origin", "exclude_origins", multiple=True, help="No pair of this origin; repeatable.")
@click.option("--min-margin", type=float, help="Least difference of the rewards.")
@click.option("--max-margin", type=float, help="Largest difference of the rewards.")
@click.option("--min-edit-ratio", type=float, help="Least token edit distance by length, above 0.")
@click.option("--max-edit-ratio", type=float, help="Largest token edit distance by length, below 1.")
@click.option("--max-length-ratio", type=float, help="Largest ratio of the longer text's length to the shorter one's.")
@click.option("--executable-rejected-only", is_flag=True, help="Only pairs whose rejected SQL is known to execute.")
@click.option("--drop-near-duplicates", is_flag=True, help="Of pairs of one question with the same two results, keep one.")
@click.option(
    "--cap", "caps", multiple=True, metavar="BY[:VALUE]=N", help="At most N pairs, or a share below 1, of a kind; repeatable."
)
@click.option(
    "--prefer",
    type=click.Choice(["chance", "margin", "similar"]),
    default="chance",
    show_default=True,
    help="Which pairs stay where not all can: drawn ones, those with a large margin, or the most similar texts.",
)
@click.option("--seed", type=int, default=13, show_default=True, help="Decides what is drawn.")
@click.option("--dry-run", is_flag=True, help="Decide everything, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def select(address: Address, /, sets: tuple[str, ...], name: str, caps: tuple[str, ...], seed: int, **options: object) -> None:
    """Make a pair set from the pairs of other sets. What is left out is kept as a row with the reason.

    A cap counts pairs by type, origin, set, database or question: origin:synthetic=0.2 is at most a fifth of the final set,
    database=0.1 at most a tenth for each of them, question=4 at most four. All caps hold together on the final set, which is
    the largest that they allow.

    \b
    Example:
      t2s pairs select natural hard --name train --min-margin 0.3 --cap origin:synthetic=0.2 --cap question=4
    """
    import msgspec

    import store
    from text2sql_data.pairs.filtering import Filters
    from text2sql_data.pairs.selecting import select as choose

    dry_run, as_json = bool(options.pop("dry_run")), bool(options.pop("as_json"))
    fields = {key: value for key, value in options.items() if key in Filters.__struct_fields__}
    filters = Filters(**fields, caps=tuple(_cap(text) for text in caps))  # type: ignore[arg-type]  # as click has checked them
    with store.open(address, create=False) as lake:
        done = choose(lake, sets, name, filters, seed=seed, arguments=sys.argv[1:], dry_run=dry_run)
    _say(done, msgspec.to_builtins(filters), as_json=as_json, dry_run=dry_run)


def _cap(text: str) -> "Cap":
    """A cap as it is written on the command line."""
    from typing import get_args

    from text2sql_data.pairs.filtering import By, Cap

    kind, _, number = text.rpartition("=")
    by, _, value = kind.partition(":")
    if by not in get_args(By):
        raise click.BadParameter(f"{text}: count by {', '.join(get_args(By))}, as in origin:synthetic=0.2", param_hint="--cap")
    try:
        at_most = int(number) if number.isdigit() else float(number)
    except ValueError:
        raise click.BadParameter(f"{text}: {number!r} is no number of pairs and no share", param_hint="--cap") from None
    return Cap(by, at_most, value or None)  # type: ignore[arg-type]  # it is one of them


def _say(done: "Selected", filters: dict[str, object], *, as_json: bool, dry_run: bool) -> None:
    from store import output

    if dry_run:
        output.note("Dry run: nothing was written.")
    kept = done.recorded
    if as_json:
        output.json_line(
            {
                "pair_set": kept.name,
                "offered": done.offered,
                "repeated": done.repeated,
                "pairs": kept.pairs,
                "dropped": kept.dropped,
                "caps": [use._asdict() for use in done.caps],
                "filters": filters,
                "already": kept.already,
            }
        )
        return
    total = sum(kept.pairs.values())
    rows = [(type_, count, f"{count / total:.2%}") for type_, count in kept.pairs.items()]
    output.table(("type", "pairs", "share"), rows, right=(False, True, True))
    if done.caps:
        output.table(
            ("cap", "at most", "allowed", "kept", "share", "offered"),
            [
                (f"{use.by}{f' {use.value}' if use.value else ''}", f"{use.at_most:g}", use.allowed, use.kept,
                 # The number is that of the fullest question, which is no share of the set.
                 "-" if use.by == "question" else f"{use.kept / total:.2%}", use.offered)
                for use in done.caps
            ],
            right=(False, True, True, True, True, True),
        )  # fmt: skip
    again = f" ({done.repeated:,} of them offered by an earlier set too)" if done.repeated else ""
    click.echo(f"{kept.name}: {total:,} of {done.offered:,} pairs{again}{'; there already' if kept.already else ''}")
    if kept.dropped:
        reasons = sorted(kept.dropped.items(), key=lambda item: (-item[1], item[0]))
        click.echo(f"dropped: {', '.join(f'{count:,} {reason}' for reason, count in reasons)}")
