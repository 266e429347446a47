"""The configurations in docs/selectors are complete, and say what the defaults are."""

from pathlib import Path

import msgspec
import pytest

from text2sql_data import structures
from text2sql_data.selection.language.opening import CONFIGS
from text2sql_data.selection.model import SelectionError
from text2sql_data.selection.opening import read_parameters

FOLDER = Path(__file__).resolve().parents[4] / "docs" / "selectors"


def test_every_method_has_an_example() -> None:
    """And there is no other file."""
    assert {file.stem for file in FOLDER.glob("*.yaml")} == CONFIGS.keys()


@pytest.mark.parametrize("method", CONFIGS)
def test_an_example_is_what_the_defaults_are(method: str) -> None:
    """It can be read, and with its client alone it would be the same."""
    said = read_parameters(FOLDER / f"{method}.yaml", {})
    whole = structures.convert(said, CONFIGS[method], method, SelectionError)
    bare = structures.convert({"client": said["client"]}, CONFIGS[method], method, SelectionError)
    defaults = {"prompt": None} if method == "reward_model" else {}
    assert msgspec.structs.replace(whole, **defaults) == bare
