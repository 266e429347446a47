"""Lakes with rows in them, and what they say of themselves."""

import store


def add(lake: store.Lake, first: int, last: int) -> None:
    with lake.commit(f"{first} to {last}") as commit:
        text = f"SELECT md5(i::VARCHAR)::UUID AS prompt, 'text ' || i AS text FROM range({first}, {last}) AS t(i)"
        commit.append("prompts", text)


def history(lake: store.Lake) -> list[tuple[object, ...]]:
    """What each version says, with who made it."""
    found: list[tuple[object, ...]] = []
    for version, *_, message, _ in lake.sql("SELECT * EXCLUDE (changes) FROM lake.snapshots() ORDER BY ALL").fetchall():
        if version:
            with lake.at(version) as past:
                found.append((version, message, past.counts()["prompts"]))
    return found
