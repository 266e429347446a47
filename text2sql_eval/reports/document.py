"""A report as a person reads it, whatever it is shown as: its head, what to know first, and its sections."""

from collections.abc import Sequence
from typing import NamedTuple

from text2sql_eval.reports.blocks import Section


class Card(NamedTuple):
    """What stands at the head of one run: a figure, and facts as (name, value).

    Attributes:
        name: Name of the run.
        version: Place of its colour; None for a grey card.
        figure: The figure that stands large.
        what: What that is.
        facts: What else is to be known.
    """

    name: str
    version: int | None
    figure: str
    what: str
    facts: Sequence[tuple[str, str]] = ()


class Verdict(NamedTuple):
    """The answer of a report in a sentence.

    Attributes:
        text: The sentence.
        tone: `shown` where a difference is shown, `open` where it is not, `warning` for what is to be read with care.
        notes: Sentences beside it.
    """

    text: str
    tone: str
    notes: Sequence[str] = ()


class Note(NamedTuple):
    """Sentences about one run, or about all of them where there is no name."""

    name: str
    version: int | None
    sentences: Sequence[str]


class Document(NamedTuple):
    """A report.

    Attributes:
        eyebrow: Which report it is.
        title: Its heading.
        made: What it was made from, and by which software.
        command: The command that makes it.
        cards: What stands at its head.
        verdicts: Its answers.
        notes_title: Heading of the notes.
        notes: What its figures do not count, and what else a reader has to know first.
        sections: Its sections.
        names: Names of what has a colour, in the order of the colours.
    """

    eyebrow: str
    title: str
    made: str
    command: str
    cards: Sequence[Card]
    verdicts: Sequence[Verdict]
    notes_title: str
    notes: Sequence[Note]
    sections: Sequence[Section]
    names: Sequence[str]
