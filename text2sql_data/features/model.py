"""What a feature is, and the function that computes some of them."""

from typing import Literal, NamedTuple, Protocol

from text2sql_data.features.shapes import Shape

Type = Literal["share", "count", "flag", "number", "rank"]
TYPES: tuple[Type, ...] = ("share", "count", "flag", "number", "rank")


class Feature(NamedTuple):
    """A number about a final answer among the answers of its question.

    Attributes:
        name: Its name, unique among all features.
        type: share (0 to 1), count, flag (0 or 1), rank (from 1) or number.
        description: What it says.
        source: File that computes it: sql/NAME or functions/NAME.
        version: For a function the version that it states; for SQL the first 12 digits of the sha256 of its text.
    """

    name: str
    type: Type
    description: str
    source: str
    version: str


class Keys(NamedTuple):
    """What a database declares: pairs of columns as in `Shape.joined`, and columns as `table.column`, in lower case."""

    foreign: frozenset[str] = frozenset()
    primary: frozenset[str] = frozenset()


class Asked(NamedTuple):
    """A question and one SQL for it, as a function of features sees them."""

    question: str
    evidence: str
    sql: str
    shape: Shape
    keys: Keys


class Function(Protocol):
    """A module that computes features in Python, one (question, SQL) at a time.

    Attributes:
        VERSION: Raised when it would give another number.
        FEATURES: Name, type and description of each.
    """

    VERSION: int
    FEATURES: tuple[tuple[str, Type, str], ...]

    @staticmethod
    def values(asked: Asked) -> tuple[float | None, ...]:
        """The values, in the order of FEATURES."""
