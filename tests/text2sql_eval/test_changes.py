"""What changed between runs: one thing, several, nothing, or unknown."""

from text2sql_eval.comparison.changes import Facts, changes

CONFIG = {
    "planner": {"model": "p", "max_tokens": 700, "samples": [{"n": 8, "temperature": 1.0}]},
    "validators": {"select": {"model": "v"}, "condition": {"model": "v"}},
    "fixer": {"model": "f"},
    "gate": "exec_ok",
    "models": {"p": {"model": "planner-3b"}, "v": {"model": "validator-1b"}, "f": {"model": "fixer-1b"}},
    "templates": {"planner": "aa", "select": "bb", "fixer": "cc"},
    "schema": {"form": "compact"},
}


def facts(run: str, config: dict[str, object], **other: object) -> Facts:
    """A run of a planner, validators and a fixer."""
    known: dict[str, object] = {
        "system": run,
        "k": 8,
        "format": "planner_validators_fixer",
        "stages": ["fixer", "planner"],
        "validators": ["condition", "select"],
    }
    return Facts(run=run, config=config, **(known | other))  # type: ignore[arg-type]


def changed(**parts: object) -> dict[str, object]:
    """The configuration with some parts replaced."""
    return CONFIG | parts


def test_one_thing_changed_has_no_warning() -> None:
    """The validators' model is named as the validators, although it stands under the models; names are no change."""
    models = {"p": {"model": "planner-3b"}, "v": {"model": "validator-1b-dpo"}, "f": {"model": "fixer-1b"}}
    found = changes(facts("collab", CONFIG), facts("indep", changed(models=models)))
    assert (found.things, found.warning, found.unknown) == (["validators"], "", [])
    assert [(change.where, change.a, change.b) for change in found.changes] == [
        ("models.v.model", "validator-1b", "validator-1b-dpo")
    ]


def test_each_part_belongs_to_a_thing() -> None:
    """Sampling is sampling whoever draws; a template belongs to its agent, the gate to the fixer."""
    cases: list[tuple[dict[str, object], str]] = [
        (changed(planner={"model": "p", "max_tokens": 300, "samples": [{"n": 8, "temperature": 1.0}]}), "sampling"),
        (changed(planner={"model": "p", "max_tokens": 700, "samples": [{"n": 8, "temperature": 0.5}]}), "sampling"),
        (changed(templates={"planner": "xx", "select": "bb", "fixer": "cc"}), "planner"),
        (changed(templates={"planner": "aa", "select": "xx", "fixer": "cc"}), "validators"),
        (changed(validators={"select": {"model": "v"}}), "validators"),
        (changed(critiques=2), "validators"),
        (changed(gate="always"), "fixer"),
        (changed(seed=1), "sampling"),
        (changed(schema={"form": "ddl"}), "schema"),
    ]
    for config, thing in cases:
        assert changes(facts("a", CONFIG), facts("b", config)).things == [thing]


def test_more_than_one_thing_is_warned_of() -> None:
    """Another fixer and another gate are one thing; with another temperature they are two."""
    models = {**CONFIG["models"], "f": {"model": "fixer-7b"}}  # type: ignore[dict-item]
    one = changes(facts("a", CONFIG), facts("b", changed(models=models, gate="always")))
    assert (one.things, one.warning) == (["fixer"], "")
    planner = {"model": "p", "max_tokens": 700, "samples": [{"n": 8, "temperature": 0.2}]}
    two = changes(facts("a", CONFIG), facts("b", changed(models=models, planner=planner)))
    assert two.things == ["fixer", "sampling"]
    assert two.warning == "2 things changed (fixer, sampling): the gap cannot be put down to one of them."


def test_the_same_configuration_says_so() -> None:
    """Two runs of one configuration differ by their draws only."""
    assert changes(facts("a", CONFIG), facts("b", CONFIG)).warning == "Nothing changed but the draws: a gap is chance."


def test_imported_runs_are_not_known() -> None:
    """Without a configuration it is said that it is not known, beside what can be seen: K, stages, validators."""
    a, b = facts("a", {}), facts("b", CONFIG, k=1, stages=["planner"], validators=[])
    found = changes(a, b)
    assert found.unknown == ["a"]
    assert found.things == ["pipeline", "sampling", "validators"]
    assert found.warning.startswith("What changed is not known: a came without a configuration.")
