"""What Python is told of the kernels is what they are: each .pyi file has the functions of its .py file."""

import ast
from pathlib import Path

import pytest

KERNELS = Path(__file__).parents[2] / "src" / "pixmeans" / "kernels"
TYPED = sorted(path.with_suffix(".py") for path in KERNELS.glob("*.pyi"))


def public_functions(path):
    """By name: the parameters in order, those by name alone, and which have defaults."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        if any(ast.unparse(decorator) == "cython.cfunc" for decorator in node.decorator_list):
            continue
        given = node.args
        assert given.vararg is given.kwarg is None
        found[node.name] = (
            [argument.arg for argument in given.posonlyargs + given.args],
            [argument.arg for argument in given.kwonlyargs],
            len(given.defaults),
            [default is not None for default in given.kw_defaults],
        )
    return found


def test_every_kernel_is_typed():
    compiled = {path.stem for path in KERNELS.glob("*.py")} - {"__init__", "reference"}
    assert {path.stem for path in TYPED} == compiled


@pytest.mark.slow
@pytest.mark.parametrize("path", TYPED, ids=lambda path: path.stem)
def test_types_are_those_of_the_kernel(path):
    assert public_functions(path) == public_functions(path.with_suffix(".pyi"))
