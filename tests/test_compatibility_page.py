"""The documentation's list of what works is made from the package as it is."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def compatibility():
    spec = importlib.util.spec_from_file_location("compatibility", ROOT / "tools" / "compatibility.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_committed_page_is_what_the_package_gives(compatibility):
    committed = compatibility.PAGE.read_text(encoding="utf-8")
    assert committed.splitlines() == compatibility.render().splitlines(), "run tools/compatibility.py"


def test_page_tells_what_works_from_what_does_not(compatibility):
    arrays = next(n for n in compatibility.namespaces() if n.path == "mxnet.nd")
    assert {"dot", "NDArray", "NDArray.asnumpy", "NDArray.reshape", "NDArray.sum"} <= set(arrays.works)
    compilation = next(n for n in compatibility.namespaces() if n.path == "mxnet.rtc")
    assert {"CudaModule", "CudaModule.get_kernel"} <= set(compilation.missing)
