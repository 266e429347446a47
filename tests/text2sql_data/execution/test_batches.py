"""Batches lose no task and double none, whoever asks for them and however they end, and nodes stay with their databases."""

from collections import Counter
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from text2sql_data.execution import batches
from text2sql_data.execution.batches import Batch, Batches
from text2sql_data.execution.on_ray import MOST_DEATHS
from text2sql_data.execution.outcome import Task


def tasks(*counts: int) -> list[Task]:
    """So many tasks on each database, one database after another."""
    return [Task(f"d{d}", f"/{d}", str(n), "SELECT 1") for d, count in enumerate(counts) for n in range(count)]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 90), max_size=4), st.data())
def test_each_task_ends_once(counts: list[int], data: st.DataObject) -> None:
    """Whatever nodes do with their batches, all of it, a part, or die, each task is done once, or given up after its deaths."""
    given_tasks = tasks(*counts)
    left = Batches(iter(given_tasks))
    random = data.draw(st.randoms(use_true_random=False))
    held: list[Batch] = []
    ended: Counter[Task] = Counter()
    while held or not left.is_empty():
        batch = left.take(f"n{random.randrange(3)}", random.choice([1, 2, 8]))
        held += [batch] if batch is not None else []
        if batch is None or random.random() < 0.6:
            batch = held.pop(random.randrange(len(held)))
            assert len({task.database for task in batch.tasks}) == 1
            if random.random() < 0.3:
                if batch.deaths + 1 == MOST_DEATHS:
                    ended.update(batch.tasks)
                else:
                    left.lost(batch)
            else:
                taken = random.randint(1, len(batch.tasks))
                ended.update(batch.tasks[:taken])
                left.done(batch, taken)
    assert ended == Counter(given_tasks)


def test_nodes_stay_with_their_databases() -> None:
    """Two nodes take different databases and keep them; one that has no more helps where most is left."""
    left = Batches(iter(tasks(300, 300, 40)))
    seen: dict[str, list[str]] = {"a": [], "b": []}
    for node in ["a", "b"] * 3:
        batch = left.take(node, 1)
        assert batch is not None
        left.done(batch, len(batch.tasks))
        seen[node].append(batch.key[0])
    assert seen == {"a": ["d0"] * 3, "b": ["d1"] * 3}
    while (batch := left.take("a", 1)) is not None:
        left.done(batch, len(batch.tasks))
        seen["a"].append(batch.key[0])
    assert list(dict.fromkeys(seen["a"])) == ["d0", "d2", "d1"]


def test_slow_batches_shrink_and_quick_ones_grow() -> None:
    """A batch of which little could be done in the time goes back, and the next are as small as that; then they grow again."""
    left = Batches(iter(tasks(20_000)))
    sizes = []
    for _ in range(10):
        batch = left.take("a", 1)
        assert batch is not None
        sizes.append(len(batch.tasks))
        left.done(batch, len(batch.tasks))
    assert sizes == [32, 64, 128, 256, 512, 1000, 1000, 1000, 1000, 1000]
    batch = left.take("a", 1)
    assert batch is not None
    left.done(batch, 2)
    after = left.take("a", 1)
    assert after is not None
    assert (len(after.tasks), after.tasks[0]) == (4, batch.tasks[2])


def test_the_end_is_shared() -> None:
    """What is left is never given to one node as a whole while there are others."""
    left = Batches(iter(tasks(16)))
    sizes = []
    while (batch := left.take("a", 8)) is not None:
        sizes.append(len(batch.tasks))
    assert sizes[0] == 2
    assert sum(sizes) == 16


def test_a_cause_of_death_is_isolated() -> None:
    """The task over which machines die is alone in the end; all others are done."""
    left = Batches(iter(tasks(64)))
    done, given_up = set(), []
    while (batch := left.take("a", 1)) is not None:
        numbers = [task.sql_id for task in batch.tasks]
        if "13" not in numbers:
            done.update(numbers)
            left.done(batch, len(numbers))
        elif batch.deaths + 1 < MOST_DEATHS:
            left.lost(batch)
        else:
            given_up += numbers
    assert given_up == ["13"]
    assert len(done) == 63


def test_endless_tasks() -> None:
    """Of tasks without end only a window is in memory."""
    pulled = 0

    def endless() -> Iterator[Task]:
        nonlocal pulled
        while True:
            pulled += 1
            yield Task(f"d{pulled // 100}", "/", str(pulled), "SELECT 1")

    left = Batches(endless())
    done = 0
    for _ in range(3_000):
        batch = left.take("a", 1)
        assert batch is not None
        left.done(batch, len(batch.tasks))
        done += len(batch.tasks)
        assert pulled <= done + batches._WINDOW
    assert len(left._sizes) <= done
