"""What the content modules share: the type of their rows and lists of invented names."""

from random import Random

from text2sql_data.draws import pick

Value = str | int | float | bytes | None
Row = tuple[Value, ...]
Tables = dict[str, list[Row]]
"""Rows by table, in the order in which they are to be inserted."""

FIRST_NAMES = (
    "Ada", "Åsa", "Ben", "Chloé", "Dario", "Elif", "Farid", "Greta", "Hana", "Ines", "Jonas", "José", "Kaito", "Lena",
    "Łukasz", "Mei", "Nadia", "Noé", "Olga", "Pavel", "Rosa", "Søren", "Tariq", "Uma", "Vera", "Yara", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Adler", "Brandt", "Carvalho", "Demir", "Eriksen", "Fontaine", "García", "Haddad", "Ito", "Jovanović", "Keller",
    "Lindqvist", "Moreau", "Müller", "Novák", "O'Neill", "Peeters", "Quiroga", "Rossi", "Świtała", "Tanaka", "Vogel",
)  # fmt: skip


def full_name(rng: Random) -> str:
    """A first and a last name; with a few hundred pairs to draw from, namesakes do occur."""
    return f"{pick(rng, FIRST_NAMES)} {pick(rng, LAST_NAMES)}"
