"""Every scalar is text; whatever YAML would turn into something else is refused with its line."""

from __future__ import annotations

import pytest

from cds_service.errors import RuleError
from cds_service.trials.yaml_source import Items, Table, Text, parse_yaml, read_yaml


def refused(body: bytes) -> str:
    with pytest.raises(RuleError) as caught:
        parse_yaml(body, "f.yaml")
    return str(caught.value)


def test_every_node_knows_its_line() -> None:
    tree = parse_yaml(b'a: "1"\nb:\n  - x\n  - {c: d}\n', "f.yaml")
    assert isinstance(tree, Table)
    assert tree == {"a": "1", "b": ["x", {"c": "d"}]}
    assert (tree.line, tree.line_of("b"), tree.line_of("z")) == (1, 2, 1)
    items = tree[Text("b")]
    assert isinstance(items, Items)
    assert [item.line for item in items] == [3, 4]


@pytest.mark.parametrize(
    "scalar", ["1", "3.0", ".5", "1e3", "0x1f", "1_000", "12:30", "5%", "-7", "2025-08-17"]
)
@pytest.mark.parametrize("where", ["a: {}", "a: [x, {}]", "{}: x", "- {}"])
def test_a_bare_number_or_date_is_refused(scalar: str, where: str) -> None:
    said = refused(where.replace("{}", scalar, 1).encode())
    assert said.startswith(f"f.yaml:1: YAML reads {scalar} as ")
    assert said.endswith(f'Write "{scalar}" in quotes.')


@pytest.mark.parametrize("scalar", ["yes", "no", "true", "False", "on", "off", "null", "~", "="])
def test_a_bare_truth_or_null_is_refused(scalar: str) -> None:
    assert f'Write "{scalar}" in quotes.' in refused(f"x: y\na: {scalar}".encode())


@pytest.mark.parametrize(
    "scalar", ['"24"', "'no'", "6 months", "10*9/L", "E6e", "mg/dL", "I2-I4", "3 × ULN", "|\n  24"]
)
def test_quoted_and_plain_text_is_text(scalar: str) -> None:
    assert isinstance(parse_yaml(f"a: {scalar}".encode(), "f.yaml"), Table)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"a: x\nb: y\na: z", 'f.yaml:3: "a" stands here twice (first on line 1)'),
        (b"a: &q x\nb: *q", "f.yaml:1: &q is an anchor"),
        (b"a: x\nb: *q", "f.yaml:2: *q is an alias"),
        (b"<<: {a: b}", "f.yaml:1: << merges"),
        (b"x: y\na: !!str x", "f.yaml:2: There is a tag"),
        (b"a: !python/object:os.system x", "There is a tag"),
        (b"a:\n\tb: c", "f.yaml:2: There is a tab"),
        (b"\xef\xbb\xbfa: b", "f.yaml:1: The file starts with a byte order mark"),
        ("a: b".encode("utf-16"), "byte order mark"),
        (b"a: b\n---\nc: d", "second document"),
        (b"a: b\nc: \xff", "f.yaml:2: This is not UTF-8"),
        (b"", "The file is empty"),
        (b"# only a remark", "The file is empty"),
        (b"a: b\nc: [x", "f.yaml:3: This is not YAML"),
        (b'a: "\x01"', "a character that YAML does not allow"),
        (b"? [a]\n: b", "A key must be a word"),
        (b"a:", "There is no value"),
        (b"a: 1,000", 'Write "1,000" in quotes.'),
        (b"[" * 50 + b"]" * 50, "nested more than"),
        (b"a: " + b"x" * 1_000_001, "larger than"),
    ],
)
def test_what_rule_files_do_not_use_is_refused(body: bytes, said: str) -> None:
    assert said in refused(body)


def test_a_file_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(RuleError, match="The file cannot be read"):
        read_yaml(tmp_path / "trial.yaml")
