"""Changes that make a correct query wrong in one stated way, with names and values that the stored schema has.

A type is a family of mutations, tried in a seeded order. What a mutation writes is plausible by construction: another column
of the same kind, a table that a foreign key leads to, another value of the same column. No invented name is ever written.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from text2sql_data.draws import seeded, shuffled
from text2sql_data.pairs.mutations import clauses, joins, names
from text2sql_data.pairs.mutations.kinds import Mutation
from text2sql_data.sql_ast.schema import Schema
from text2sql_data.sql_ast.wording import Original, rendering

TYPES: Mapping[str, tuple[Mutation, ...]] = {
    "wrong_column": (names.other_column, names.column_of_other_table),
    "wrong_table": (names.other_table, names.neighbour_table, names.other_source),
    "missing_join": (joins.forgotten_table, joins.key_for_column, joins.lost_outer_join),
    "wrong_aggregation": (clauses.other_aggregate, clauses.distinct_count, clauses.plain_count, clauses.confused_aggregate),
    "wrong_condition": (
        clauses.other_value,
        clauses.lost_condition,
        clauses.other_comparison,
        clauses.negated_condition,
        clauses.or_for_and,
        clauses.misspelt_value,
    ),
    "wrong_group_by": (clauses.other_group, clauses.further_group, clauses.fewer_groups, clauses.lost_grouping),
    "wrong_order_limit": (
        clauses.other_direction,
        clauses.other_limit,
        clauses.lost_limit,
        clauses.lost_order,
        clauses.other_order,
    ),
}
"""The mutations of each type; a pair's type is `synthetic_` and the name here."""

MUTANTS = 4
"""Different mutants of one type that are taken from one query, at most."""
_ROUNDS = 3  # a mutation draws anew each time, so it may give something else, or the same


class Mutant(NamedTuple):
    """A changed query, the type of the change, and the mutation that made it."""

    type: str
    mutation: str
    sql: str


def mutants(original: Original, schema: Schema, types: Sequence[str], *seed: str | int) -> Iterator[Mutant]:
    """The mutants of one query, the same for the same seed: up to `MUTANTS` of each type, all different.

    A change that cannot be written in the words of the original is not given.
    """
    seen = {rendering(original.tree)}
    texts: set[str] = set()
    for type_ in types:
        found = 0
        order = shuffled(seeded(*seed, type_), TYPES[type_])
        for round_ in range(_ROUNDS):
            applicable = []
            for mutation in order:
                if found == MUTANTS:
                    break
                changed = mutation(original.tree.copy(), seeded(*seed, type_, mutation.__name__, round_), schema)
                if changed is None:
                    continue
                applicable.append(mutation)
                new = rendering(changed)
                text = None if new in seen else original.reworded(new)
                seen.add(new)
                if text is not None and text not in texts:
                    texts.add(text)
                    found += 1
                    yield Mutant(type_, mutation.__name__, text)
            order = applicable
