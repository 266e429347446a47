"""How many pairs each question gave, and why the others gave none."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_data.pairs.yields import Yield


@click.command()
@click.argument("sets", nargs=-1, metavar="[SET]...")
@click.option("--wide", is_flag=True, help="A row a set, a column an agent: questions with a pair, and pairs per question.")
@click.option("--json", "style", flag_value="json", help="One JSON object a line.")
@click.option("--markdown", "style", flag_value="markdown", help="A Markdown table.")
@click.pass_obj
def yields(address: Address, sets: tuple[str, ...], style: str | None, *, wide: bool) -> None:
    """Pairs per question of mined sets, agent by agent, and why the other questions have none.

    Without names it shows all mined sets. Sets of several modes stand beside each other: the same agent's are together, or with
    --wide each set is one row.

    \b
    Example:
      t2s pairs yields sft_vf_collab sft_vf_joint
      t2s pairs yields --wide --markdown
    """
    import store
    from store import output
    from text2sql_data.pairs.yields import yields as ask

    with store.open(address, create=False) as lake:
        found = ask(lake, sets)
    if style == "json":
        for row in found:
            output.json_line(row._asdict())
        return
    if not found:
        output.note("No set was mined yet. Mine one with: t2s pairs mine")
        return
    names, cells, right = _wide(found) if wide else _long(found)
    if style == "markdown":
        output.markdown(names, cells, right)
    else:
        output.table(names, cells, right=right)


_Table = tuple[Sequence[str], Sequence[Sequence[str]], Sequence[bool]]


def _long(found: "Sequence[Yield]") -> _Table:
    """A row an agent and set."""
    names = ("agent", "set", "run", "type", "questions", "with a pair", "pairs", "per question", "without a pair, because")
    cells = [
        (
            row.agent,
            row.pair_set,
            row.run,
            _counts(row.types) if len(row.types) > 1 else next(iter(row.types), "-"),
            str(row.questions),
            str(row.with_pair),
            str(row.pairs),
            f"{row.pairs_per_question:.3f}",
            _counts(row.reasons),
        )
        for row in found
    ]
    return names, cells, [name in {"questions", "with a pair", "pairs", "per question"} for name in names]


def _wide(found: "Sequence[Yield]") -> _Table:
    """A row a set and run; an agent that it does not have is a dash."""
    agents = list(dict.fromkeys(row.agent for row in found))
    rows = {(row.pair_set, row.run): row for row in found}
    values = {(row.pair_set, row.run, row.agent): f"{row.with_pair} · {row.pairs_per_question:.3f}" for row in found}
    cells = [
        (name, run, row.mode or "-", str(row.questions), *(values.get((name, run, agent), "-") for agent in agents))
        for (name, run), row in rows.items()
    ]
    return ("set", "run", "mode", "questions", *agents), cells, [False, False, False, *([True] * (len(agents) + 1))]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "-"
