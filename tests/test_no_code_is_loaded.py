"""No module loads anything that could bring code with it: no pickle, no code of a model, no YAML with objects."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("store", "text2sql_data", "text2sql_train", "text2sql_eval")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

PICKLES = {"cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve", "_pickle"}
ARCHIVES = {"extractall", "unpack_archive"}
UNSAFE = {"eval", "exec", "mktemp", "system", "popen", "unsafe_load", "full_load", "read_pickle"}
LIBRARIES = {"os", "pandas", "pd", "pl", "polars", "tempfile", "yaml"}
ADAPTERS = "PeftModel"  # an adapter has no code, and its weights are read by torch without objects


def imported(tree: ast.AST) -> Iterator[str]:
    """The first parts of the names of all modules that are imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def wrongs(tree: ast.AST) -> Iterator[str]:
    """The calls that could run what they read."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = getattr(node.func.value, "id", "") if isinstance(node.func, ast.Attribute) else ""
        given = {keyword.arg: getattr(keyword.value, "value", None) for keyword in node.keywords}
        is_function = isinstance(node.func, ast.Name) or owner in LIBRARIES
        if (name in UNSAFE and is_function) or name in ARCHIVES:
            yield f"line {node.lineno}: {name}"
        if name == "load" and owner == "torch" and given.get("weights_only") is not True:
            yield f"line {node.lineno}: torch.load without weights_only"
        if name == "load" and owner in {"yaml", "np", "numpy"} and (owner == "yaml" or given.get("allow_pickle")):
            yield f"line {node.lineno}: {owner}.load"
        if given.get("shell"):
            yield f"line {node.lineno}: a shell"
        loads_model = name in {"from_pretrained", "from_config"} and owner != ADAPTERS
        if loads_model and given.get("trust_remote_code") is not False:
            yield f"line {node.lineno}: {owner}.{name} without trust_remote_code=False"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_loaded_that_could_run(path: Path) -> None:
    """No pickle is imported; torch, YAML, NumPy and transformers load data only; no archive is unpacked, no shell is asked."""
    tree = ast.parse(path.read_text("utf-8"))
    assert not set(imported(tree)) & PICKLES
    assert list(wrongs(tree)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from joblib import load",
        "torch.load(file)",
        "torch.load(file, weights_only=False)",
        "yaml.load(text)",
        "np.load(file, allow_pickle=True)",
        "AutoModel.from_pretrained(folder)",
        "AutoModel.from_pretrained(folder, trust_remote_code=True)",
        "AutoModel.from_pretrained(folder, trust_remote_code=wanted)",
        "eval(text)",
        "os.system(text)",
        "subprocess.run(text, shell=True)",
        "archive.extractall(folder)",
    ],
)
def test_what_would_be_found(text: str) -> None:
    """The test above sees each of these."""
    tree = ast.parse(text)
    assert set(imported(tree)) & PICKLES or list(wrongs(tree))
