"""Built rows as `datasets` and other readers of Parquet have them, and the command around it."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import store
from store.cli import cli
from text2sql_data.datasets import dataset_dict, read
from text2sql_data.datasets.output import columns
from text2sql_data.datasets.reading import convert

pytestmark = pytest.mark.slow  # the demo lake takes some seconds to make

ROOT = Path(__file__).resolve().parents[3]
RECIPES = sorted((ROOT / "docs" / "recipes").glob("*.yaml"))


def run(*arguments: object) -> Any:  # noqa: ANN401 - click's result
    """Run a command of t2s."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_examples_of_the_docs_run_on_the_demo_lake(demo: store.Lake, path: Path, tmp_path: Path) -> None:
    """Each gives rows, `datasets.load_dataset` reads the folder, and the DatasetDict has the same columns, splits and rows."""
    import datasets

    done = run("--lake", demo.folder, "dataset", "build", path, "--output", tmp_path / "out")
    assert done.exit_code == 0, done.output
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    direct = dataset_dict(demo, read(path))
    assert isinstance(direct, datasets.DatasetDict)
    assert set(direct) == set(loaded) <= {"train", "validation", "test"}
    assert "train" in direct
    for split, rows in direct.items():
        assert rows.column_names == columns(read(path)).names
        assert loaded[split].to_list() == rows.to_list()


def test_verl_rows_have_its_schema(demo: store.Lake, tmp_path: Path) -> None:
    """Read back by pyarrow alone: names and types of every column, messages as prompts, gold as ground truth, and their split."""
    done = run("--lake", demo.folder, "dataset", "build", ROOT / "docs" / "recipes" / "verl.yaml", "--output", tmp_path / "out")
    assert done.exit_code == 0, done.output
    golds = dict(demo.sql("SELECT position, sql FROM golds WHERE gold_revision = 'original'").fetchall())
    for path in (tmp_path / "out").iterdir():
        table = pq.read_table(path)
        assert table.column_names == ["data_source", "prompt", "ability", "reward_model", "extra_info"]
        assert table.schema.field("data_source").type == pa.string()
        assert {field.name for field in table.schema.field("prompt").type.value_type} == {"role", "content"}
        assert {field.name for field in table.schema.field("reward_model").type} == {"style", "ground_truth"}
        for row in table.to_pylist():
            assert row["data_source"] == "demo"
            assert [message["role"] for message in row["prompt"]] == ["user"]
            assert row["reward_model"] == {"style": "rule", "ground_truth": golds[row["extra_info"]["index"]]}
            assert row["extra_info"]["split"] == path.stem


@pytest.mark.parametrize("kind", ["sft", "preference", "kto", "grpo"])
@pytest.mark.parametrize("form", ["plain", "conversational"])
def test_both_formats_hold_the_same_texts(demo: store.Lake, kind: str, form: str) -> None:
    """Messages are the strings with a role, and a system message where the recipe has one."""
    sources: dict[str, dict[str, Any]] = {
        "sft": {"runs": ["small"]},
        "preference": {"pair_sets": ["demo_pairs"]},
        "kto": {"runs": ["small"]},
        "grpo": {"benchmarks": ["demo"]},
    }
    plain = dataset_dict(demo, convert({"name": "a", "kind": kind, **sources[kind]}))["train"]
    system = {"system": "Be right."} if form == "conversational" else {}
    other = dataset_dict(demo, convert({"name": "a", "kind": kind, "format": form, **system, **sources[kind]}))["train"]
    assert other.column_names == plain.column_names
    for one, two in zip(plain.to_list(), other.to_list(), strict=True):
        for column, value in one.items():
            if column in {"prompt", "completion", "chosen", "rejected"} and form == "conversational":
                last = two[column][-1]
                assert last == {"role": "user" if column == "prompt" else "assistant", "content": value}
                assert [message["role"] for message in two[column][:-1]] == (["system"] if column == "prompt" else [])
            else:
                assert two[column] == value


def test_the_command_says_what_is_in_it(demo: store.Lake, tmp_path: Path) -> None:
    """As one JSON object with statistics, and a dry run writes nothing."""
    recipe = ROOT / "docs" / "recipes" / "selector_pointwise.yaml"
    done = run("--lake", demo.folder, "dataset", "build", recipe, "--json", "--dry-run", "--output", tmp_path / "out")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["kind"] == "selector_pointwise"
    assert told["summary"]["splits"]["train"]["labels"]["YES"] == told["summary"]["splits"]["train"]["labels"]["NO"]
    assert not (tmp_path / "out").exists()


def test_the_pair_set_of_the_docs_is_mined_as_they_say(demo: store.Lake) -> None:
    """The command in the comment of the recipe finds the very pairs that the lake has under that name, and other runs do not."""
    comment = (ROOT / "docs" / "recipes" / "preference.yaml").read_text("utf-8").partition("t2s ")[2].partition("\n")[0]
    assert run("--lake", demo.folder, *comment.split(), "--dry-run").exit_code == 0
    assert run("--lake", demo.folder, *comment.replace(" large", "").split(), "--dry-run").exit_code == 1


def test_a_dry_run_of_an_empty_dataset_fails_too(demo: store.Lake, tmp_path: Path) -> None:
    """Exit code 1, with the reasons and a hint, and nothing is written."""
    (tmp_path / "r.yaml").write_text("name: none\nkind: sft\nagent: fixer\nruns: [mats_rollouts]\nprompt: recorded\n")
    for more in ("--dry-run", "--pin"):
        done = run("--lake", demo.folder, "dataset", "build", tmp_path / "r.yaml", more, "--output", tmp_path / "out")
        assert done.exit_code == 1
        assert "no_prompt" in done.exception.message
        assert not (tmp_path / "out").exists()


def test_an_overlap_has_its_exit_code(demo: store.Lake) -> None:
    """3, with the overlaps as JSON on stdout and for people on stderr."""
    done = run("--lake", demo.folder, "dataset", "build", ROOT / "docs" / "recipes" / "grpo.yaml", "--against", "demo", "--json")
    assert done.exit_code == 3
    assert len(json.loads(done.stdout)["shared"]) == 4 * 71
    assert "hint: Leave those rows out" in done.stderr


def test_a_folder_with_something_in_it_is_left_alone(demo: store.Lake, tmp_path: Path) -> None:
    """Nothing is overwritten."""
    (tmp_path / "mine.txt").write_text("mine")
    done = run("--lake", demo.folder, "dataset", "build", ROOT / "docs" / "recipes" / "grpo.yaml", "--output", tmp_path)
    assert done.exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
