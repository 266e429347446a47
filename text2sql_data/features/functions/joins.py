"""Whether the joins of a SQL follow the keys that its database declares."""

from text2sql_data.features.model import Asked, Type

VERSION = 2

FEATURES: tuple[tuple[str, Type, str], ...] = (
    (
        "joins_declared",
        "share",
        "Share of the joined pairs of columns that are a declared foreign key; NULL without them.",
    ),
    ("joins_by_key", "share", "Share of them in which one side is a primary key; NULL without them."),
    (
        "joins_by_name",
        "share",
        "Share of them whose names are equal, or one ends in the other; NULL without joins.",
    ),
    ("joined_pairs", "count", "Pairs of columns that are joined, by = or IN."),
    ("idle_tables", "count", "Tables none of whose columns is used but to join; NULL where that is not certain."),
)


def values(asked: Asked) -> tuple[float | None, ...]:
    """See FEATURES."""
    shape, keys = asked.shape, asked.keys
    if not shape.parsed:
        return (None,) * len(FEATURES)
    pairs = [tuple(pair.split(" = ")) for pair in shape.joined]
    return (
        _share([" = ".join(pair) in keys.foreign for pair in pairs]) if keys.foreign else None,
        _share([any(side in keys.primary for side in pair) for pair in pairs]) if keys.primary else None,
        _share([_same_name(*(side.rpartition(".")[2] for side in pair)) for pair in pairs]),
        float(len(pairs)),
        None if shape.idle_tables is None else float(shape.idle_tables),
    )


def _same_name(a: str, b: str) -> bool:
    return a.endswith(b) or b.endswith(a)


def _share(found: list[bool]) -> float | None:
    return sum(found) / len(found) if found else None
