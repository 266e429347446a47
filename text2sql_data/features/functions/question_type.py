"""What a question asks for, by its words, and whether the SQL does that."""

import re

from text2sql_data.features.model import Asked, Type

VERSION = 2

# fmt: off
_WORDS: dict[str, tuple[tuple[str, ...], str]] = {
    "count": (
        (
            "how many", "number of", "count",
        ),
        "a count",
    ),
    "average": (
        (
            "average", "mean", "avg",
        ),
        "an average",
    ),
    "sum": (
        (
            "total", "sum", "combined", "in all", "altogether",
        ),
        "a sum",
    ),
    "most": (
        (
            "most", "highest", "largest", "maximum", "max", "oldest", "longest", "biggest", "best", "top", "latest",
            "greatest", "last", "newest", "heaviest", "tallest", "fastest",
        ),
        "the most of something",
    ),
    "least": (
        (
            "least", "lowest", "smallest", "minimum", "min", "youngest", "shortest", "fewest", "worst", "earliest",
            "first", "cheapest", "lightest", "slowest",
        ),
        "the least of something",
    ),
    "each": (
        (
            "each", "every", "per", "corresponding", "respective", "respectively",
        ),
        "something for each of several",
    ),
    "distinct": (
        (
            "different", "distinct", "unique",
        ),
        "different ones",
    ),
    "order": (
        (
            "order", "ordered", "sort", "sorted", "descending", "ascending", "alphabetical", "alphabetically",
            "rank", "ranked",
        ),
        "an order",
    ),
    "negation": (
        (
            "not", "without", "no", "never", "except", "excluding", "exclude", "neither", "none", "other than",
            "don't", "doesn't", "didn't", "isn't", "aren't", "wasn't", "weren't", "hasn't", "haven't", "hadn't",
        ),
        "what is not so",
    ),
    "both": (
        (
            "both", "and also", "as well as",
        ),
        "what is both",
    ),
    "either": (
        (
            "or", "either",
        ),
        "what is one or the other",
    ),
    "bound": (
        (
            "more than", "less than", "at least", "at most", "greater", "between", "over", "above", "below", "under",
            "before", "after", "higher than", "lower than", "older than", "younger than", "fewer than", "exceed",
            "exceeds",
        ),
        "a bound",
    ),
}
# fmt: on
_PATTERNS = {
    name: re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE) for name, (words, _) in _WORDS.items()
}
# The part of a question before what narrows it down, where the things that are wanted are named.
_NARROWS = re.compile(r"\b(?:of|for|from|in|whose|that|which|who|with|where|when|by|are there)\b", re.IGNORECASE)

FEATURES: tuple[tuple[str, Type, str], ...] = (
    *((f"asks_{name}", "flag", f"Whether the question's words ask for {meaning}.") for name, (_, meaning) in _WORDS.items()),
    ("question_words", "count", "Words of the question."),
    (
        "wanted_things",
        "count",
        "Things that it asks for: one, and one for each comma and `and` before it narrows them down.",
    ),
    (
        "projected_wanted",
        "number",
        "Expressions of the SELECT list less the things wanted; NULL for SQL that was not parsed.",
    ),
    ("count_agrees", "flag", "Whether the question asks for a count just where the SELECT list has one."),
    ("average_agrees", "flag", "Whether it asks for an average just where the SQL has AVG."),
    ("sum_agrees", "flag", "Whether it asks for a sum just where the SQL has SUM."),
    ("extreme_agrees", "flag", "Whether it asks for the most or least just where the SQL has MAX, MIN, or ORDER BY with LIMIT."),
    ("each_agrees", "flag", "Whether it asks for each just where the SQL has GROUP BY."),
    ("distinct_agrees", "flag", "Whether it asks for different ones just where the SQL has DISTINCT."),
    ("order_agrees", "flag", "Whether it asks for an order just where the SQL has ORDER BY without LIMIT."),
    ("negation_agrees", "flag", "Whether it asks for what is not so just where the SQL has a negation or EXCEPT."),
)


def values(asked: Asked) -> tuple[float | None, ...]:
    """See FEATURES."""
    shape, question = asked.shape, asked.question
    asks = {name: bool(pattern.search(question)) for name, pattern in _PATTERNS.items()}
    narrowing = _NARROWS.search(question, 12)
    head = question[: narrowing.start()] if narrowing else question
    wanted = 1 + head.count(",") + len(re.findall(r"\band\b", head, re.IGNORECASE))
    projection = " ".join(shape.projection)
    has = {
        "count": "count(" in projection,
        "average": "avg" in shape.aggregates,
        "sum": "sum" in shape.aggregates,
        "extreme": shape.limit is not None or "max" in shape.aggregates or "min" in shape.aggregates,
        "each": bool(shape.grouping),
        "distinct": shape.distinct,
        "order": bool(shape.ordering) and shape.limit is None,
        "negation": shape.negations > 0 or "EXCEPT" in (shape.skeleton or ""),
    }
    wants = {**asks, "extreme": asks["most"] or asks["least"]}
    return (
        *(float(value) for value in asks.values()),
        float(len(question.split())),
        float(wanted),
        float(len(shape.projection) - wanted) if shape.parsed else None,
        *(float(wants[name] == found) if shape.parsed else None for name, found in has.items()),
    )
