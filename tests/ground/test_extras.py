"""What an extra brings is asked for in one line, before work that would be lost."""

import sys

import pytest

from plainweave.errors import MissingExtraError, PlainweaveError
from plainweave.extras import need


def test_what_is_installed_is_not_asked_for() -> None:
    for extra in ("page", "images", "tables"):
        need(extra)


@pytest.mark.parametrize(
    ("extra", "missing", "line"),
    [
        ("page", ["matplotlib"], "The page needs matplotlib, which is not installed."),
        ("page", ["jinja2", "matplotlib"], "The page needs jinja2, matplotlib, which are not installed."),
        ("images", ["PIL"], "Reading a picture needs pillow, which is not installed."),
        ("tables", ["polars"], "Reading a table needs polars, which is not installed."),
        ("onnx", ["onnx"], "ONNX needs onnx, which is not installed."),
        ("torch", ["torch"], "PyTorch's form needs torch, which is not installed."),
        ("dask", ["distributed"], "A cluster needs distributed, which is not installed."),
        ("skops", ["skops"], "A file of skops needs skops, which is not installed."),
    ],
)
def test_a_missing_extra_is_one_line(
    extra: str, missing: list[str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in missing:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as error:
        need(extra)
    assert str(error.value) == f'{line} Run: pip install "plainweave[{extra}]"'
    assert isinstance(error.value, PlainweaveError)
