"""Whatever the order of commits, pins, compactions, expirations, kills and reopenings: pins hold, what was not kept is gone."""

import shutil
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

import store
from store import pins
from store.ids import content_id

pytestmark = pytest.mark.slow

STAGED = (Path(__file__).parent / "staged" / "pins.sql").read_text("utf-8")
BUILD = """
INSERT INTO built_rows BY NAME
SELECT
    CASE WHEN n % 3 = 0 THEN 'test' ELSE 'train' END AS split, prompt AS row, n AS place, '{}' AS sources,
    json_object('n', n) AS content
FROM (SELECT prompt, text::INTEGER AS n FROM prompts)
"""
NOW = timedelta(0)
MOMENTS = st.sampled_from([0.0, 0.03, 0.06, 0.1, 0.2, 0.4])
PROCESSES = Path(__file__).with_name("processes.py")


class Tidying(RuleBasedStateMachine):
    """A lake beside its model: the numbers of each snapshot that must be readable, those that are gone, and the pins."""

    template: Path

    @initialize()
    def begin(self) -> None:
        """Start from an empty lake."""
        self.place = Path(tempfile.mkdtemp())
        self.folder = Path(shutil.copytree(self.template, self.place / "lake"))
        self.lake = store.open(self.folder)
        self.size = 0
        self.sizes = {self.lake.version: 0}
        self.gone: set[int] = {0}
        self.pins: dict[str, store.Pin] = {}

    @rule(rows=st.sampled_from([1, 3, 40]))
    def commit(self, rows: int) -> None:
        """Commit some rows, which stay in the catalog, or many, which become a file."""
        with self.lake.commit("rows") as commit:
            added = range(self.size, self.size + rows)
            commit.append("prompts", [{"prompt": content_id(n), "text": str(n)} for n in added])
        self.size += rows
        self.note_versions()

    @precondition(lambda self: self.size)
    @rule(name=st.sampled_from("ab"))
    def pin(self, name: str) -> None:
        """Pin what there is now; the very same again is the same pin."""
        known = {pin.digest: pin for pin in self.pins.values() if pin.name == name}
        made = self.build(self.lake.version, name)
        assert made.already == (made.pin.digest in known)
        self.pins[made.pin.ref] = made.pin
        self.note_versions()

    @rule(grace=st.sampled_from([NOW, timedelta(days=1)]))
    def compact(self, grace: timedelta) -> None:
        """Compact, and delete replaced files at once or later."""
        self.lake.compact(grace=grace)
        self.note_versions()

    @rule(keep=st.integers(1, 4), grace=st.sampled_from([NOW, timedelta(days=1)]))
    def expire(self, keep: int, grace: timedelta) -> None:
        """Expire all but the latest few, the current one and those of pins."""
        pinned = {pin.snapshot for pin in self.pins.values()}
        there = sorted(set(self.sizes) - self.gone)
        done = self.lake.expire(keep=keep, grace=grace)
        assert set(done.versions) - {0} == set(there[:-keep]) - pinned
        assert set(done.kept_for) == set(there[:-keep]) & pinned
        self.gone |= set(done.versions)

    @rule(rows=st.sampled_from([3, 40]), seconds=MOMENTS)
    def kill(self, rows: int, seconds: float) -> None:
        """Another process commits and compacts, and is killed on the way: its rows are all there or none of them."""
        self.run_killed(seconds, "grow", self.size, rows)
        size = self.lake.counts()["prompts"]
        assert size in {self.size, self.size + rows}
        assert (size == self.size) == (self.lake.version == max(self.sizes))
        self.size = size
        self.note_versions()

    @rule(keep=st.integers(1, 4), seconds=MOMENTS)
    def kill_expiring(self, keep: int, seconds: float) -> None:
        """Another process expires, and is killed on the way: what was to be kept is there, the rest may be."""
        pinned = {pin.snapshot for pin in self.pins.values()}
        there = sorted(set(self.sizes) - self.gone)
        self.run_killed(seconds, "expire", keep)
        readable = {version for version in there if self.is_readable(version)}
        assert readable >= {*there[-keep:], *(pinned & set(there))}
        self.gone |= set(there) - readable

    @precondition(lambda self: self.size)
    @rule(name=st.sampled_from("ab"), seconds=MOMENTS)
    def kill_pinning(self, name: str, seconds: float) -> None:
        """Another process pins, and is killed on the way: the whole pin is there or nothing of it."""
        self.run_killed(seconds, "pin", name, STAGED, BUILD)
        new = [pin for pin in pins.pins(self.lake) if pin.ref not in self.pins]
        assert len(new) <= 1
        for pin in new:
            pins.check(self.lake, pin)
            self.pins[pin.ref] = pin
        self.note_versions()

    @rule()
    def reopen(self) -> None:
        """Close the lake, move it, and open it again."""
        self.lake.close()
        self.folder = self.folder.rename(self.folder.with_name(f"{self.folder.name}x"))
        self.lake = store.open(self.folder, create=False)

    @rule(pick=st.integers(0, 10**6))
    def look_back(self, pick: int) -> None:
        """A snapshot reads as it did, or is said to be gone."""
        version = sorted(self.sizes)[pick % len(self.sizes)]
        if version in self.gone:
            with pytest.raises(store.SnapshotExpiredError):
                self.lake.at(version)
            return
        with self.lake.at(version) as past:
            assert past.sql("SELECT count(*), coalesce(sum(text::INTEGER), 0)::INTEGER FROM prompts").fetchone() == totals(
                self.sizes[version]
            )

    @invariant()
    def nothing_is_lost(self) -> None:
        """The current state is whole."""
        if hasattr(self, "lake"):
            assert self.lake.sql("SELECT count(*), coalesce(sum(text::INTEGER), 0)::INTEGER FROM prompts").fetchone() == totals(
                self.size
            )

    @precondition(lambda self: self.pins)
    @rule(pick=st.integers(0, 10**6))
    def prove(self, pick: int) -> None:
        """A pin has its rows, and its snapshot gives them."""
        pin = self.pins[sorted(self.pins)[pick % len(self.pins)]]
        pins.check(self.lake, pins.find(self.lake, pin.ref))
        assert self.build(pin.snapshot, pin.name).pin == pin

    def teardown(self) -> None:
        """In the end every pin holds, nothing is wrong, and the lake goes."""
        if hasattr(self, "lake"):
            for pin in self.pins.values():
                assert self.build(pin.snapshot, pin.name) == (pin, True)
                pins.check(self.lake, pin)
            assert self.lake.check() == []
            self.lake.close()
            shutil.rmtree(self.place)

    def build(self, snapshot: int, name: str) -> pins.Pinned:
        """Pin what a snapshot has."""
        with self.lake.at(snapshot) as past, past.scratch() as scratch:
            scratch.execute(STAGED)
            scratch.execute(BUILD)
            return pins.pin(self.lake, name, scratch, pins.About("sft", snapshot, {}, {}, {}, [], {}))

    def run_killed(self, seconds: float, verb: str, *words: object) -> None:
        """Let another process do something with the lake, and kill it so many seconds after it has opened it."""
        self.lake.close()
        told = [sys.executable, str(PROCESSES), verb, str(self.folder), *map(str, words)]
        with subprocess.Popen(told, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(seconds)
            process.kill()
        self.lake = store.open(self.folder, create=False)

    def is_readable(self, version: int) -> bool:
        """Whether a snapshot is there."""
        try:
            self.lake.at(version).close()
        except store.SnapshotExpiredError:
            return False
        return True

    def note_versions(self) -> None:
        """Every snapshot since the last look has what there is now."""
        for version in range(max(self.sizes) + 1, self.lake.version + 1):
            self.sizes[version] = self.size


def totals(size: int) -> tuple[int, int]:
    """The count and the sum of the first numbers."""
    return size, size * (size - 1) // 2


def run(template: Path, examples: int, steps: int) -> None:
    """Run the machine on copies of an empty lake."""
    Tidying.template = template
    run_state_machine_as_test(Tidying, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None))


@pytest.mark.slow
def test_histories_of_a_lake_that_is_tidied(template: Path) -> None:
    """Random histories agree with the model."""
    run(template, examples=6, steps=20)
