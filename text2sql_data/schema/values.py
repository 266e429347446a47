"""Values of a question that a database holds, with the columns that hold them: what a literal in SQL has to be spelt like.

A text of the question is looked for as it is, then without regard to case and signs, then, if it is quoted or a name, in a close
spelling. Values come from a bounded part of the text columns of tables, read by the sandbox once a database and kept in memory;
a value that is not found may well be there.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from text2sql_data.execution import pool
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Task
from text2sql_data.schema.mentions import Mention, key, mentions, names
from text2sql_data.schema.rendering import quoted

SCANNED_ROWS: Final = 100_000
"""Rows of a table that are looked at for the values of a column."""
MOST_VALUES: Final = 10_000
"""Different values of a column that are kept."""
MOST_CHARS: Final = 80
"""Characters of the longest value that is kept."""

_LIMITS = Limits(seconds=30.0, max_rows=MOST_VALUES, max_result_bytes=20_000_000)
_PROBE = (
    "SELECT DISTINCT {column} FROM (SELECT {column} FROM {table} LIMIT {rows}) "
    "WHERE typeof({column}) = 'text' AND length({column}) BETWEEN 1 AND {chars} LIMIT {most}"
)
_TEXT_TYPES = ("CHAR", "CLOB", "TEXT", "STRING")
_SIMILAR = 85.0  # of 100: two letters of a word of thirteen may differ
_SPELLINGS = 3
_COLUMNS = 4  # of one text: one that everything holds must not crowd out the others
_SHORT = 2
# Single words that say nothing when they stand alone in a question, though some column may hold them.
_COMMON = frozenset(
    """
    a all an and any are as at average be been between both by can count did different do does each ever every find first for
    from get give had has have he her his how i in into is it its last least less list many me more most much name names no not
    number of on one or other out over return show some such than that the their them then there these they this those to total
    under up use was were what when where which who whose will with without yes you
    """.split()  # noqa: SIM905 - a list of quoted words is hard to read
)
_TITLE = "Values of the question in the database:"


class Database(NamedTuple):
    """A database to read: the identity of its content, where its file is, and its stored schema."""

    database: str
    path: str
    schema: Mapping[str, Any]


class Match(NamedTuple):
    """A value that a question may mean: where it is stored, how it is spelt there, and the text of the question."""

    table: str
    column: str
    value: str
    text: str


class _Place(NamedTuple):
    table: str
    column: str
    value: str


class _Stored(NamedTuple):
    """The values of a database by their keys, and by themselves where they have no word in them; columns in order."""

    by_key: Mapping[str, Sequence[_Place]]
    by_text: Mapping[str, Sequence[_Place]]
    unread: Mapping[str, int]


class _Found(NamedTuple):
    mention: Mention
    how: int  # 0 the same text, 1 another case, 2 other signs or the singular, from 3 on another spelling
    place: _Place


class Values:
    """The values of databases, each of which is read once, whatever its name is."""

    def __init__(self, *, processes: int | None = None) -> None:
        self._processes = processes
        self._stored: dict[str, _Stored] = {}

    def read(self, databases: Iterable[Database]) -> None:
        """Read the databases that are not in memory yet.

        Raises:
            SandboxError: No worker can be started.
        """
        new = {one.database: one for one in databases if one.database not in self._stored}
        asked = {(one.database, sql): place for one in new.values() for sql, place in _probes(one.schema)}
        cells: dict[tuple[str, tuple[str, str]], list[str]] = {}
        unread: dict[str, dict[str, int]] = {name: {} for name in new}
        tasks = (Task(name, new[name].path, "", sql) for name, sql in asked)
        for result in pool.fetch_rows(tasks, _LIMITS, processes=self._processes):
            name = result.task.database
            if result.status == "ok":
                cells[name, asked[name, result.task.sql]] = sorted(cell for (cell,) in result.rows if isinstance(cell, str))
            else:
                unread[name][result.status] = unread[name].get(result.status, 0) + 1
        for name in new:
            places = [place for (owner, _), place in asked.items() if owner == name]
            self._stored[name] = _indexed(
                (_Place(*at, cell) for at in places for cell in cells.get((name, at), ())), unread[name]
            )

    def unread(self, database: str) -> Mapping[str, int]:
        """How many text columns of a database could not be read, by the status of the query."""
        return self._stored[database].unread

    def find(
        self, database: str, question: str, evidence: str = "", *, tables: Collection[str] | None = None, most: int = 10
    ) -> list[Match]:
        """The values that a question mentions, the most certain first.

        Args:
            database: Identity of a database that was read.
            question: The question.
            evidence: What is given with it.
            tables: Only columns of these tables; of all when None.
            most: How many values at most.

        Raises:
            KeyError: The database was not read.
        """
        stored = self._stored[database]
        wanted = None if tables is None else {name.casefold() for name in tables}
        found = [one for text in (question, evidence) for one in _in_text(text, stored, wanted)]
        found.sort(key=lambda one: (not one.mention.quoted, one.how > 2, not one.mention.proper, -len(one.mention.key), one.how))  # noqa: PLR2004
        matches: dict[_Place, Match] = {}
        of_text: dict[str, int] = {}
        for one in found:
            if one.place not in matches and of_text.get(one.mention.key, 0) < _COLUMNS:
                of_text[one.mention.key] = of_text.get(one.mention.key, 0) + 1
                matches[one.place] = Match(*one.place, one.mention.text)
        return list(matches.values())[:most]


def shown(matches: Iterable[Match]) -> str:
    """Values as they stand in a prompt: `table.column = 'value'`, one a line."""
    lines = []
    for match in matches:
        value = " ".join(match.value.replace("'", "''").splitlines())
        lines.append(f"{quoted(match.table)}.{quoted(match.column)} = '{value}'")
    return "\n".join(lines)


def with_values(text: str, matches: Sequence[Match]) -> str:
    """A schema as text with the values below it; the text as it is where there are none."""
    return f"{text}\n\n{_TITLE}\n{shown(matches)}" if matches else text


def _probes(schema: Mapping[str, Any]) -> Iterable[tuple[str, tuple[str, str]]]:
    """A query for each text column of a table, with the names of both; a view may cost anything, and its tables are read."""
    for table in schema["tables"]:
        for column in table["columns"]:
            if table["type"] != "view" and any(part in (column["type"] or "").upper() for part in _TEXT_TYPES):
                at, owner = (f'"{name.replace(chr(34), chr(34) * 2)}"' for name in (column["name"], table["name"]))
                sql = _PROBE.format(column=at, table=owner, rows=SCANNED_ROWS, chars=MOST_CHARS, most=MOST_VALUES)
                yield sql, (table["name"], column["name"])


def _indexed(places: Iterable[_Place], unread: Mapping[str, int]) -> _Stored:
    by_key: dict[str, list[_Place]] = {}
    by_text: dict[str, list[_Place]] = {}
    for place in places:
        words = key(place.value)
        (by_key if words else by_text).setdefault(words or place.value, []).append(place)
    return _Stored(by_key, by_text, unread)


def _in_text(text: str, stored: _Stored, wanted: Collection[str] | None) -> list[_Found]:
    """What is found in one text; within a run of words that is a value, no shorter run is."""
    found: list[_Found] = []
    taken: list[tuple[int, int]] = []
    for mention in sorted(mentions(text), key=lambda one: (not one.quoted, -one.n_words, one.start)):
        if any(start <= mention.start and mention.end <= end for start, end in taken):
            continue
        places = _held(mention, stored)
        same = [(place, _how(mention, place)) for place in places if wanted is None or place.table.casefold() in wanted]
        same = [(place, how) for place, how in same if _says_something(mention, how)]
        if same:
            taken.append((mention.start, mention.end))
            found += [_Found(mention, how, place) for place, how in same]
    for name in names(text):
        if not any(start < name.end and name.start < end for start, end in taken):
            found += _close(name, stored, wanted)
    return found


def _held(mention: Mention, stored: _Stored) -> Sequence[_Place]:
    """The places that hold a text, or else its singular."""
    if not mention.key:
        return stored.by_text.get(mention.text, ())
    plural = mention.key.endswith("s") and len(mention.key) > _SHORT + 1
    return stored.by_key.get(mention.key) or (stored.by_key.get(mention.key[:-1], ()) if plural else ())


def _how(mention: Mention, place: _Place) -> int:
    if mention.text == place.value:
        return 0
    return 1 if mention.text.casefold() == place.value.casefold() else 2


def _says_something(mention: Mention, how: int) -> bool:
    """Whether a text is likely to be meant as a value: a common or very short word is only in quotes, or as an abbreviation."""
    if mention.quoted or mention.n_words > 1:
        return True
    if mention.key in _COMMON:
        return how == 0 and mention.text.isupper() and len(mention.key) > 1
    if len(mention.key) == 1:
        return how == 0 and mention.text.isupper()
    return len(mention.key) > _SHORT or (how == 0 and mention.proper)


def _close(name: Mention, stored: _Stored, wanted: Collection[str] | None) -> list[_Found]:
    """The values that are spelt nearly like a name."""
    from rapidfuzz import fuzz, process

    spelt = [
        spelling
        for spelling, places in stored.by_key.items()
        if wanted is None or any(place.table.casefold() in wanted for place in places)
    ]
    similar = process.extract(name.key, spelt, scorer=fuzz.ratio, score_cutoff=_SIMILAR, limit=None)
    best = sorted(similar, key=lambda one: (-one[1], one[0]))[:_SPELLINGS]
    return [
        _Found(name, 3 + rank, place)
        for rank, (spelling, _, _) in enumerate(best)
        for place in stored.by_key[spelling]
        if wanted is None or place.table.casefold() in wanted
    ]
