"""Files are damaged, workers killed: what fails says what to do, and nothing wrong is read or kept (slow)."""

from pathlib import Path

import pytest

from tests import servers
from tests.store import damage

pytestmark = [pytest.mark.slow, pytest.mark.long]


def test_data_files_are_cut(folder: Path) -> None:
    """Every one is noticed, wherever it is cut; put back, all rows are there."""
    counted = damage.files_damaged(folder, damage.truncate, 10)
    assert counted.sound, counted
    assert counted.told == 10


def test_data_files_are_overwritten(folder: Path) -> None:
    """A page of garbage in a file of the same size: where it changes what is read of a pinned dataset, the digest tells."""
    counted = damage.files_damaged(folder, damage.overwrite, 10, ["pin_rows"])
    assert counted.sound, counted
    assert counted.told > 0


def test_pages_of_the_catalog_are_overwritten(folder: Path, tmp_path: Path) -> None:
    """The lake is refused or `t2s check` names it, and a back-up has everything."""
    counted = damage.catalog_damaged(folder, tmp_path, 4)
    assert counted.sound, counted
    assert counted.told > 0


def test_tables_of_a_shared_catalog_are_dropped(team: tuple[str, str], postgres: servers.Postgres, tmp_path: Path) -> None:
    """The same for PostgreSQL."""
    counted = damage.shared_catalog_damaged(postgres, *team, tmp_path, every=15)
    assert counted.sound, counted
    assert counted.told > 0


def test_workers_are_killed(tmp_path: Path) -> None:
    """Each kill costs one statement at most, which is said; no outcome is wrong, lost or there twice."""
    counted = damage.workers_killed(tmp_path, 15)
    assert counted.sound, counted
    assert counted.told > 0


def test_machines_are_killed(tmp_path: Path) -> None:
    """A machine of a Ray cluster that is gone, while another joins, costs nothing but time."""
    pytest.importorskip("ray")
    counted = damage.machines_killed(tmp_path, 2)
    assert counted.sound, counted
    assert counted.broken == 2


def test_databases_change(tmp_path: Path) -> None:
    """What is kept is true of the file that was added; what is missing is executed when it is back."""
    counted = damage.database_changes(tmp_path, 4)
    assert counted.sound, counted
    assert counted.told > 0
