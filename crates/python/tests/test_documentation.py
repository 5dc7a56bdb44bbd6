"""The examples in docstrings and in the README, and the stubs."""

import ast
import doctest
import inspect
from pathlib import Path

import pytest

import procmon_pml as pml
from procmon_pml import _native, _tables, _types, compat

ROOT = Path(__file__).resolve().parents[3]
CRATE = ROOT / "crates" / "python"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def documented():
    """Returns all objects with documentation, by their names."""
    for module in (pml, _native, _types, _tables, compat, compat.configuration):
        yield module.__name__, module
        for name, value in vars(module).items():
            if getattr(value, "__module__", "").startswith("procmon_pml"):
                yield f"{module.__name__}.{name}", value
                if inspect.isclass(value):
                    for attribute, member in vars(value).items():
                        yield f"{module.__name__}.{name}.{attribute}", member


EXAMPLES = {
    name: value.__doc__ for name, value in documented() if isinstance(value.__doc__, str) and ">>>" in value.__doc__
}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_docstring(name):
    run(EXAMPLES[name], name)


def test_readme():
    run((CRATE / "README.md").read_text(encoding="utf-8"), "README.md")


def run(text, name):
    test = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    report = []
    assert runner.run(test, out=report.append).failed == 0, "".join(report)


def test_every_public_item_is_documented():
    missing = [
        name
        for name, value in documented()
        if not name.rsplit(".", 1)[-1].startswith("_")
        and (inspect.isroutine(value) or inspect.isclass(value) or inspect.isdatadescriptor(value))
        and not value.__doc__
    ]
    assert missing == []


def test_stubs_have_the_native_items():
    tree = ast.parse((CRATE / "python" / "procmon_pml" / "_native.pyi").read_text(encoding="utf-8"))
    stubs = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            functions = (item for item in node.body if isinstance(item, ast.FunctionDef))
            fields = (item.target.id for item in node.body if isinstance(item, ast.AnnAssign))
            stubs[node.name] = {item.name for item in functions} | set(fields)
        elif isinstance(node, ast.FunctionDef):
            stubs[node.name] = set()
    native = {name for name in vars(_native) if not name.startswith("__")}
    assert native == set(stubs)
    for name, members in stubs.items():
        value = getattr(_native, name)
        if name in ("PmlError", "PmlWarning") or not inspect.isclass(value):
            continue
        own = {member for member in vars(value) if not member.startswith("_")}
        assert own == {member for member in members if not member.startswith("_")}, name


def test_the_two_project_files_agree():
    tomllib = pytest.importorskip("tomllib")
    inner = tomllib.loads((CRATE / "pyproject.toml").read_text(encoding="utf-8"))
    outer = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    maturin = {**inner["tool"]["maturin"], "manifest-path": "crates/python/Cargo.toml"}
    maturin["python-source"] = f"crates/python/{maturin['python-source']}"
    assert outer["tool"] == {"maturin": maturin}
    assert outer["project"] == {**inner["project"], "readme": "crates/python/README.md"}
    assert outer["build-system"] == inner["build-system"]
