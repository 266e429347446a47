"""Built rows as a `datasets.DatasetDict`, or as a folder that `datasets.load_dataset` takes: exactly the columns of the trainers.

The types of the columns are told, so that a split without a row, or a column that is empty throughout, is no other dataset.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from store import Lake, StoreError
from store.scratch import Scratch
from text2sql_data.datasets.building import build
from text2sql_data.datasets.recipe import SPLITS, Recipe

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

_BATCH = 5_000


class OutputError(StoreError):
    """The folder cannot be written, or what it takes to write it is not installed."""


def dataset_dict(lake: Lake, recipe: Recipe) -> "datasets.DatasetDict":
    """Build a dataset, and give it as `datasets` has it.

    Args:
        lake: The lake, as it is or at a snapshot.
        recipe: What to build.

    Raises:
        OutputError: `datasets` is not installed.
        StoreError: See `build`.
    """
    with lake.at(lake.version) as snapshot, snapshot.scratch() as scratch:
        build(snapshot, scratch, recipe)
        return built_dict(scratch, recipe)


def built_dict(scratch: Scratch, recipe: Recipe) -> "datasets.DatasetDict":
    """The rows of `built_rows` as a DatasetDict; a split without rows is not in it."""
    try:
        import datasets
    except ImportError as error:
        raise OutputError("The package datasets is not installed.", "Run: pip install 'text2sql-store[datasets]'") from error
    return datasets.DatasetDict({split: datasets.Dataset(table) for split, table in tables(scratch, recipe).items()})


def tables(scratch: Scratch, recipe: Recipe) -> "dict[str, pa.Table]":
    """The rows of `built_rows` as one Arrow table a split, in the order of their places."""
    import pyarrow as pa

    schema = columns(recipe)
    found: dict[str, pa.Table] = {}
    for split in SPLITS:
        result = scratch.execute("SELECT content FROM built_rows WHERE split = $split ORDER BY place", split=split)
        batches = []
        while rows := result.fetchmany(_BATCH):
            batches += pa.Table.from_pylist([msgspec.json.decode(content) for (content,) in rows], schema=schema).to_batches()
        if batches:
            found[split] = pa.Table.from_batches(batches, schema=schema)
    return found


def columns(recipe: Recipe) -> "pa.Schema":
    """The columns of a recipe's rows, with their types."""
    import pyarrow as pa

    message = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    text: Any = pa.string() if recipe.format == "plain" else message
    texts = {
        "preference": ("prompt", "chosen", "rejected"),
        "grpo": ("prompt",),
        "verl": (),
    }
    kind = str(recipe.__struct_config__.tag)
    fields = [(name, text) for name in texts.get(kind, ("prompt", "completion"))]
    if kind == "preference" and getattr(recipe, "margin", False):
        fields.append(("margin", pa.float64()))
    if kind == "kto":
        fields.append(("label", pa.bool_()))
    if kind == "grpo":
        strings = ("db_id", "sha256", "gold_sql", "gold_revision")
        fields += [("benchmark", pa.string()), ("revision", pa.string()), ("position", pa.int32())]
        fields += [(name, pa.string()) for name in strings]
    if kind == "verl":
        info = [("index", pa.int32())] + [
            (name, pa.string()) for name in ("split", "db_id", "sha256", "revision", "gold_revision")
        ]
        fields += [
            ("data_source", pa.string()),
            ("prompt", message),
            ("ability", pa.string()),
            ("reward_model", pa.struct([("style", pa.string()), ("ground_truth", pa.string())])),
            ("extra_info", pa.struct(info)),
        ]
    return pa.schema(fields)


def write(scratch: Scratch, recipe: Recipe, folder: Path) -> list[Path]:
    """Write the rows of `built_rows` as one Parquet file a split into a new folder; `datasets.load_dataset(folder)` reads it.

    Raises:
        OutputError: There is something in the folder, or it cannot be written.
    """
    import pyarrow.parquet as pq

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder} is there already, and is not empty.", "Give the path of a new folder.")
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for split, table in tables(scratch, recipe).items():
            written.append(folder / f"{split}.parquet")
            pq.write_table(table, written[-1])
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}") from error
    return written
