"""What several tests of the store begin with."""

from pathlib import Path

import pytest

import store
from tests.store.written import add


@pytest.fixture
def written(folder: Path) -> Path:
    """A lake with large and small commits."""
    with store.open(folder) as lake:
        for first, last in ((0, 3000), (3000, 3010), (3010, 6000), (6000, 6001)):
            add(lake, first, last)
    return folder
