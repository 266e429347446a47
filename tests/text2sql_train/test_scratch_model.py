"""A model that begins with nothing: the same for the same pin, and taken by the trainers (slow: they need torch)."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from store.cli import cli

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of third parties, about their own future
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.* is deprecated:FutureWarning"),
]

RECIPES = Path(__file__).parents[2] / "docs"


@pytest.fixture
def lake(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo's, for what is pinned and trained here is written to it."""
    return Path(shutil.copytree(demo_folder, tmp_path_factory.mktemp("scratch") / "lake"))


def t2s(lake: Path, *words: str | Path) -> str:
    done = CliRunner().invoke(cli, ["--lake", str(lake), *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_same_files_again_and_what_is_learnt_from_them(lake: Path, tmp_path: Path) -> None:
    """Twice the same sha256, once more nothing; a tiny recipe trains it, on rows that its tokenizer gives back as they were."""
    pytest.importorskip("torch")
    from transformers import AutoTokenizer

    from text2sql_train.bases import folder_digest

    t2s(lake, "pin", "create", RECIPES / "recipes" / "sft.yaml")
    words = ["--pin", "demo_sft@1", "--context", "4096", "--hidden", "32", "--layers", "1"]
    for name in ("one", "two"):
        made = json.loads(t2s(lake, "model", "init", tmp_path / name, *words, "--json"))
        assert made["made"]
        assert 300 < made["vocabulary"] <= 1500
    assert folder_digest(tmp_path / "one") == folder_digest(tmp_path / "two")
    assert not json.loads(t2s(lake, "model", "init", tmp_path / "one", *words, "--json"))["made"]
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "one")
    for text in ("SELECT 'é' FROM \"full name\" WHERE x >= 1024.5", " leading and trailing ", "line\nbreak\n"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    recipe = (RECIPES / "train" / "tiny_sft.yaml").read_text("utf-8").replace("models/tiny", str(tmp_path / "one"))
    (tmp_path / "recipe.yaml").write_text(f"{recipe}\noutput: {tmp_path / 'models'}\n", "utf-8")
    trained = json.loads(t2s(lake, "train", tmp_path / "recipe.yaml", "--json"))
    assert trained["steps"] == 10


def test_a_folder_with_something_else_is_left_alone(lake: Path, tmp_path: Path) -> None:
    """It is refused, and another shape in the same folder as well."""
    pytest.importorskip("torch")
    from text2sql_train.bases import BaseModelError

    t2s(lake, "pin", "create", RECIPES / "recipes" / "sft.yaml")
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    words = ["--lake", str(lake), "model", "init", str(tmp_path), "--pin", "demo_sft@1"]
    with pytest.raises(BaseModelError, match="something else"):
        CliRunner().invoke(cli, words, catch_exceptions=False)
    with pytest.raises(BaseModelError, match="not divided into even parts by 3 heads"):
        CliRunner().invoke(cli, [*words, "--hidden", "32", "--heads", "3"], catch_exceptions=False)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
