"""Which question of a benchmark an entry answers."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property

from text2sql_data.importers.entries import EntryError
from text2sql_data.importers.model import Answer

_MOST_DIGITS = 9


class Questions:
    """The questions of a benchmark revision, to be found by position, id or text.

    Args:
        rows: (position, question_id, db_id, question) of every question.
    """

    def __init__(self, rows: Iterable[tuple[int, str | None, str, str]]) -> None:
        self._all: dict[int, tuple[str, str]] = {}
        self._by_id = _Places()
        self._seen: Counter[tuple[int, ...]] = Counter()
        databases: dict[str, str] = {}  # each name once, however many questions are about it
        for position, question_id, db_id, question in rows:
            self._all[position] = (databases.setdefault(db_id, db_id), question)
            if question_id is not None:
                self._by_id.add(question_id, position)

    @cached_property
    def _by_text(self) -> "_Places":
        """Made where a file has texts and nothing better: a benchmark may have a million questions."""
        places = _Places()
        for position, (_, question) in self._all.items():
            places.add(_normal(question), position)
        return places

    def __len__(self) -> int:
        return len(self._all)

    def begin_file(self) -> None:
        """Count repeated questions from the first again."""
        self._seen.clear()

    def position(self, answer: Answer) -> int:
        """The position of the question that an answer is about.

        Raises:
            EntryError: There is no such question, there are several, or what the entry says does not agree with it.
        """
        if answer.position is not None:
            position, how = answer.position, f"position {answer.position}"
        elif answer.question_id is not None:
            position, how = self._of_id(answer, answer.question_id), f"question_id {answer.question_id}"
        elif answer.question is not None:
            return self._of_text(answer, answer.question)
        else:
            raise EntryError("nothing says which question this is: expected position, question_id or question")
        if position not in self._all:
            raise EntryError(f"{how}: the benchmark has {len(self)} questions, positions 0 to {len(self) - 1}")
        db_id, question = self._all[position]
        if answer.db_id is not None and answer.db_id != db_id:
            raise EntryError(f"{how} is about database {db_id} in the benchmark, and about {answer.db_id} here")
        if answer.question is not None and _normal(answer.question) != _normal(question):
            raise EntryError(f"{how} is {question[:80]!r} in the benchmark, and {answer.question[:80]!r} here")
        return position

    def _of_id(self, answer: Answer, question_id: str) -> int:
        """By id; where the benchmark has no ids, an id is a position. Repeated ids are told apart by text and database."""
        if not len(self._by_id) and question_id.isascii() and question_id.isdecimal() and len(question_id) <= _MOST_DIGITS:
            return int(question_id)
        found = self._by_id.of(question_id)
        if not found:
            raise EntryError(f"the benchmark has no question_id {question_id[:80]}")
        if len(found) > 1:
            found = [
                position
                for position in found
                if answer.db_id in {None, self._all[position][0]}
                and (answer.question is None or _normal(answer.question) == _normal(self._all[position][1]))
            ]
        if not found:
            raise EntryError(f"question_id {question_id} is in the benchmark another question, or about another database")
        return self._nth(answer, f"question_id {question_id}", found)

    def _of_text(self, answer: Answer, question: str) -> int:
        """By text, and by database where it is given."""
        places = self._by_text.of(_normal(question))
        found = [position for position in places if answer.db_id in {None, self._all[position][0]}]
        if not found:
            where = f" about database {answer.db_id}" if answer.db_id else ""
            raise EntryError(f"the benchmark has no question {question[:80]!r}{where}")
        return self._nth(answer, f"question {question[:80]!r}", found)

    def _nth(self, answer: Answer, what: str, found: list[int]) -> int:
        """Which of the questions that nothing tells apart: the file's nth is the benchmark's nth, if its entries are whole."""
        if len(found) > 1 and answer.samples != "all":
            raise EntryError(f"{what} stands at positions {', '.join(map(str, found))}; which is meant is not clear")
        if answer.samples != "all":
            return found[0]
        nth = self._seen[tuple(found)]
        self._seen[tuple(found)] += 1
        if nth >= len(found):
            raise EntryError(f"{what} comes {nth + 1} times here, and {len(found)} times in the benchmark")
        return found[nth]


class _Places:
    """Positions by a key; nearly every key has one, and no list of its own."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}
        self._more: defaultdict[str, list[int]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._first)

    def add(self, key: str, position: int) -> None:
        if self._first.setdefault(key, position) != position:
            self._more[key].append(position)

    def of(self, key: str) -> list[int]:
        first = self._first.get(key)
        return [] if first is None else [first, *self._more.get(key, [])]


def _normal(text: str) -> str:
    return " ".join(text.split())
