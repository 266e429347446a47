"""Features of candidates: what there is, what it means, and computing it."""

import sys

import click

from store.address import Address


@click.group()
def features() -> None:
    """Features of the final answers of a question, computed from what a selector may see."""


@features.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(as_json: bool) -> None:
    """List all features.

    \b
    Example:
      t2s features list
    """
    from store import output
    from text2sql_data.features.definitions import features as all_features

    if as_json:
        for feature in all_features():
            output.json_line(feature._asdict())
        return
    output.table(
        ["feature", "type", "what it says", "from"],
        [[feature.name, feature.type, feature.description, feature.source] for feature in all_features()],
    )


@features.command()
@click.argument("name")
@click.option("--run", "runs", multiple=True, help="What its values are in this run; repeatable. Needs t2s features build.")
@click.option(
    "--gate", type=click.Choice(["exec_ok", "critique", "always"]), default="exec_ok", show_default=True, help="See t2s eval."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def describe(address: Address, name: str, runs: tuple[str, ...], gate: str, as_json: bool) -> None:
    """Say what a feature is, and how its values are distributed.

    \b
    Example:
      t2s features describe result_share --run sft_vf
    """
    from difflib import get_close_matches

    import store
    from store import output
    from text2sql_data.features import building
    from text2sql_data.features.definitions import features as all_features
    from text2sql_data.lookups import NameNotFoundError

    known = {feature.name: feature for feature in all_features()}
    if name not in known:
        close = get_close_matches(name, list(known), 3)
        hint = f"Did you mean {' or '.join(close)}? " if close else ""
        raise NameNotFoundError(f"There is no feature {name}.", f"{hint}See them with: t2s features list")
    said: dict[str, object] = {**known[name]._asdict()}
    if runs:
        with store.open(address, create=False) as lake:
            said["values"] = building.distribution(lake, name, runs, gate)
    if as_json:
        output.json_line(said)
        return
    for key, value in said.items():
        if isinstance(value, dict):
            for run, numbers in value.items():
                shown = ", ".join(f"{what} {number:,.4g}" for what, number in numbers.items() if number is not None)
                there = numbers["n"] or numbers["missing"]
                click.echo(f"{run}: {shown if there else 'no values; compute them with: t2s features build'}")
        else:
            click.echo(f"{key}: {value}")


@features.command()
@click.option("--run", "runs", multiple=True, required=True, help="The final answers of this run; repeatable.")
@click.option(
    "--gate", type=click.Choice(["exec_ok", "critique", "always"]), default="exec_ok", show_default=True, help="See t2s eval."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def build(address: Address, runs: tuple[str, ...], gate: str, as_json: bool) -> None:
    """Compute the features of all final answers of runs and keep them in the lake: table feature_values, view candidate_features.

    What is there is not computed again, unless something else can be seen of the question now.

    \b
    Example:
      t2s features build --run sft_vf
      t2s sql "SELECT * FROM candidate_features WHERE feature = 'result_share' LIMIT 5"
    """
    import store
    from store import output
    from store.progress import bar
    from text2sql_data.features import building

    with store.open(address, create=False) as lake, bar("computing features", None, unit="questions") as progress:
        done = building.build(lake, runs, gate=gate, progress=progress, arguments=sys.argv[1:])
    if as_json:
        output.json_line(done._asdict())
    else:
        click.echo(
            f"{done.features} features of {', '.join(runs)}: {done.questions:,} questions, {done.answers:,} answers computed."
        )
