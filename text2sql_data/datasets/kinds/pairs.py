"""Preference pairs for examples: read from pair sets, each side with its prompt, and chosen by filters."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from store import StoreError
from store.scratch import Scratch
from text2sql_data.datasets.prompting import AGENT_FIELDS, NoPrompt
from text2sql_data.datasets.recipe import Kto, Preference
from text2sql_data.datasets.rows import Drop, Question
from text2sql_data.datasets.source import Row, Source, Subject, text


class Pair(NamedTuple):
    """A pair that is to be an example.

    Attributes:
        row: Its row in `shown_pairs`.
        question: Its question.
        prompt: The prompt of the chosen side.
        rejected_prompt: The prompt of the rejected side; the same text, unless the two answer different ones.
    """

    row: Row
    question: Question
    prompt: str
    rejected_prompt: str


def pairs(source: Source, recipe: Preference | Kto) -> Iterator[Pair | Drop]:
    """The pairs of the recipe's sets, and those that have no prompt."""
    scratch = source.scratch
    scratch.execute(
        f"CREATE OR REPLACE TEMP TABLE read_pairs AS {text('read_pairs')}",
        pair_sets=list(recipe.pair_sets),
        seed=str(recipe.seed),
    )
    agents = [agent for (agent,) in scratch.execute("SELECT DISTINCT agent FROM read_pairs ORDER BY agent").fetchall()]
    for agent in agents:
        source.prompter.require(agent, AGENT_FIELDS[agent])
    subjects: Mapping[UUID, Subject] = {}
    if source.prompter.template("sql") is not None:
        wanted = f"SELECT chosen_subject, rejected_subject FROM ({text('shown_pairs')}) WHERE agent NOT IN ('sql', 'planner')"
        subjects = source.subjects(one for row in scratch.execute(wanted).fetchall() for one in row)
    for row in source.rows(text("shown_pairs")):
        question = source.question(row)
        chosen = _prompt(source, row, question, "chosen", subjects)
        rejected = _prompt(source, row, question, "rejected", subjects)
        if isinstance(chosen, NoPrompt) or isinstance(rejected, NoPrompt):
            yield Drop(row["pair"], question, *(chosen if isinstance(chosen, NoPrompt) else rejected))
            continue
        yield Pair(row, question, chosen, rejected)


def keep(scratch: Scratch, recipe: Preference | Kto) -> None:
    """Let the recipe's filters choose among the pairs that have a row in `divided_rows`; leaves `dropped_pairs`.

    This comes last of all, so that a cap holds over the rows that there are in the end.
    """
    import msgspec

    from text2sql_data.pairs import filtering

    scratch.execute(
        "CREATE OR REPLACE TEMP TABLE offered_pairs AS"
        " FROM read_pairs WHERE pair IN (SELECT (sources::JSON ->> 'pair')::UUID FROM divided_rows)"
    )
    filtering.apply(scratch, msgspec.convert(recipe.filters, filtering.Filters), recipe.seed)


def _prompt(source: Source, row: Row, question: Question, side: str, subjects: Mapping[UUID, Subject]) -> str | NoPrompt:
    """The prompt of one side of a pair."""
    recorded = row["prompt_text"] if side == "chosen" else row["rejected_prompt_text"] or row["prompt_text"]
    agent = row["agent"]
    if agent in {"sql", "planner"}:
        return source.prompter.prompt(recorded, agent, source.fields(question))
    subject = subjects.get(row[f"{side}_subject"])
    if subject is None:
        known = recorded is not None and source.prompter.recorded
        if not known and source.prompter.template(agent) is not None:
            return NoPrompt("no_parent", "the SQL that it is about is not known")
        return source.prompter.prompt(recorded, agent, source.fields(question))
    return source.prompter.prompt(recorded, agent, source.fields(question, **subject._asdict()))


def require_pair_sets(source: Source, names: list[str]) -> None:
    """Refuse the name of a pair set that the lake does not have."""
    known = [name for (name,) in source.scratch.execute("SELECT pair_set FROM pair_sets ORDER BY pair_set").fetchall()]
    for name in names:
        if name not in known:
            hint = f"There are: {', '.join(known)}." if known else "There is none yet. Make one with: t2s pairs mine"
            raise StoreError(f"There is no pair set {name} in the lake.", hint)
