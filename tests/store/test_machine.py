"""Any sequence of commits, readings of the past, and reopenings agrees with a dictionary a version."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

import store
from store.ids import content_id

keys = st.lists(st.integers(0, 40), max_size=25)
pick = st.integers(0, 10**6)


class LakeMachine(RuleBasedStateMachine):
    """A lake beside its model: for every version the texts of `prompts` by key, where the first text of a key stays."""

    template: Path

    @initialize()
    def begin(self) -> None:
        """Start from an empty lake."""
        self.place = Path(tempfile.mkdtemp())
        self.folder = Path(shutil.copytree(self.template, self.place / "lake"))
        self.lake = store.open(self.folder)
        self.model: dict[int, dict[str, str]] = {self.lake.version: {}}

    @property
    def latest(self) -> int:
        """The latest version of the model."""
        return max(self.model)

    @rule(batch=keys, text=st.sampled_from(["a", "b"]))
    def commit(self, batch: list[int], text: str) -> None:
        """Commit keys, some of them old, some of them twice."""
        before = self.model[self.latest]
        after = {str(key): text for key in batch} | before
        with self.lake.commit(text) as commit:
            commit.append("prompts", [{"prompt": content_id(key), "text": f"{key} {text}"} for key in batch])
        assert sum(commit.added.values()) == len(after) - len(before)
        assert (commit.snapshot is None) == (after == before)
        if commit.snapshot is not None:
            assert commit.snapshot == self.latest + 1
            self.model[commit.snapshot] = after

    @rule(batch=keys)
    def abandon(self, batch: list[int]) -> None:
        """A block that fails leaves no trace."""
        with pytest.raises(ZeroDivisionError), self.lake.commit("never") as commit:  # noqa: PT012 - the block is what fails
            commit.append("prompts", [{"prompt": content_id(key), "text": f"{key} never"} for key in batch])
            raise ZeroDivisionError

    @rule()
    def reopen(self) -> None:
        """Close the lake, move it, and open it again."""
        self.lake.close()
        self.folder = self.folder.rename(self.folder.with_name(f"{self.folder.name}x"))
        self.lake = store.open(self.folder, create=False)

    @rule(which=pick)
    def look_back(self, which: int) -> None:
        """Every version still says what it said."""
        version = sorted(self.model)[which % len(self.model)]
        with self.lake.at(version) as past:
            assert contents(past) == self.model[version]

    @precondition(lambda self: len(self.model) > 1)
    @rule(first=pick, second=pick)
    def diff(self, first: int, second: int) -> None:
        """The difference of two versions is that of the model."""
        before, after = sorted(sorted(self.model)[n % len(self.model)] for n in (first, second))
        added = {difference.table: difference.added for difference in self.lake.diff(before, after)}
        assert added["prompts"] == len(self.model[after]) - len(self.model[before])
        assert sum(added.values()) == added["prompts"]

    @rule()
    def check(self) -> None:
        """Nothing is ever wrong."""
        assert self.lake.check() == []

    @invariant()
    def agree(self) -> None:
        """The lake is where the model is."""
        if hasattr(self, "lake"):
            assert self.lake.version == self.latest
            assert contents(self.lake) == self.model[self.latest]

    def teardown(self) -> None:
        """Remove the lake."""
        if hasattr(self, "lake"):
            self.lake.close()
            shutil.rmtree(self.place)


def contents(lake: store.Lake) -> dict[str, str]:
    """The texts by key."""
    return dict(tuple(text.split()) for (text,) in lake.sql("SELECT text FROM prompts").fetchall())


def run(template: Path, examples: int, steps: int) -> None:
    """Run the machine on copies of an empty lake."""
    LakeMachine.template = template
    run_state_machine_as_test(LakeMachine, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None))


def test_a_few_histories(template: Path) -> None:
    """Short histories agree with the model."""
    run(template, examples=2, steps=8)


@pytest.mark.slow
def test_many_histories(template: Path) -> None:
    """Longer ones do too."""
    run(template, examples=5, steps=25)
