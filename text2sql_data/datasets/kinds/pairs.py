"""Preference pairs for examples: read from pair sets, each side with its prompt, and chosen by filters."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from store import StoreError
from store.ids import content_id
from store.scratch import Scratch
from text2sql_data.datasets.prompting import AGENT_FIELDS, NoPrompt
from text2sql_data.datasets.recipe import Kto, Preference
from text2sql_data.datasets.rows import Drop, Question
from text2sql_data.datasets.source import Row, Source, Subject, text

if TYPE_CHECKING:
    from text2sql_data.pairs.filtering import Cap


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
    """The pairs of the recipe's sets, those that are in a set that was named before, and those that have no prompt."""
    scratch = source.scratch
    scratch.execute(
        f"CREATE OR REPLACE TEMP TABLE read_pairs AS {text('read_pairs')}",
        pair_sets=list(recipe.pair_sets),
        seed=str(recipe.seed),
    )
    for row in source.rows(text("repeated_pairs"), pair_sets=list(recipe.pair_sets)):
        # The pair itself is in the dataset, or left out for another reason; this is the row that the set would have given.
        identity = content_id("repeated", str(row["pair"]), row["pair_set"])
        yield Drop(identity, source.question(row), "duplicate", "the same pair is in a set that was named before")
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
    """Let the recipe's filters choose among the rows of `divided_rows`; leaves `unchosen_rows`: row, reason and detail.

    This comes last of all, so that a cap holds over the rows that there are in the end. A filter decides about pairs, a cap
    counts rows. For KTO these are not the same: a pair has two rows, or one where the other side was a repetition.
    """
    import msgspec

    from text2sql_data.pairs import filtering

    filters = msgspec.convert(recipe.filters, filtering.Filters)
    offered = "SELECT row, (sources::JSON ->> 'pair')::UUID AS pair FROM divided_rows"
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE offered_pairs AS FROM read_pairs SEMI JOIN ({offered}) USING (pair)")
    filtering.apply(scratch, filters, recipe.seed)
    by_row = isinstance(recipe, Kto) and bool(filters.caps)
    scratch.execute(
        "CREATE OR REPLACE TEMP TABLE unchosen_rows AS SELECT o.row, d.reason, d.detail"
        f" FROM ({offered}) AS o JOIN dropped_pairs AS d USING (pair) WHERE NOT ($by_row AND d.reason = 'cap')",
        by_row=by_row,
    )
    if by_row:
        # Every row that the filters let through is offered as if it were a pair, and the caps alone decide.
        scratch.execute(
            "CREATE OR REPLACE TEMP TABLE offered_pairs AS"
            " SELECT p.* REPLACE (o.row AS pair, row_number() OVER (ORDER BY p.place, o.row) AS place)"
            f" FROM ({offered}) AS o JOIN read_pairs AS p USING (pair) ANTI JOIN unchosen_rows AS u ON u.row = o.row"
        )
        filtering.apply(scratch, filtering.Filters(caps=_still_meant(scratch, filters.caps), prefer=filters.prefer), recipe.seed)
        scratch.execute("INSERT INTO unchosen_rows SELECT pair, reason, detail FROM dropped_pairs")


def _still_meant(scratch: Scratch, caps: "Sequence[Cap]") -> "tuple[Cap, ...]":
    """The caps but those on something of which the filters left nothing: there is nothing to count."""
    columns = {"type": "type", "origin": "origin", "set": "pair_set", "database": "db_id", "question": "NULL"}
    left = {
        by: {name for (name,) in scratch.execute(f"SELECT DISTINCT {column} FROM offered_pairs").fetchall()}
        for by, column in columns.items()
    }
    return tuple(cap for cap in caps if cap.value is None or cap.value in left[cap.by])


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
