"""Every public name of MXNet 1.9.1 leads to what works, or to a placeholder that says what to do."""

import importlib
import inspect
import os
import re
import subprocess
import sys
import warnings

import pytest

import mxnet as mx
from mxnet import _alternatives, _conflict, _surface

ABSENT_MODULE = "mxnet.contrib.svrg_optimization.svrg_module"


def resolve(path):
    return getattr(importlib.import_module(path.rpartition(".")[0]), path.rpartition(".")[2])


def every_name():
    for module in _surface.modules():
        for name in _surface.names_of(module):
            if name not in _surface.names_of(module).values:
                yield f"{module}.{name}"


def run_python(program, **environment):
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )


# -------------------------------------------------------------------------------------------- the whole table


def test_every_module_imports():
    failed = {}
    for module in (*_surface.modules(), *_surface.ALIASES):
        try:
            importlib.import_module(module)
        except ImportError as error:
            failed[module] = str(error)
    assert not failed


def test_every_module_is_an_attribute_of_its_package():
    for module in (*_surface.modules(), *_surface.ALIASES):
        package, _, name = module.rpartition(".")
        if package and name not in _surface.names_of(package):  # vision.alexnet is a function as well
            expected = importlib.import_module(module)
            assert getattr(importlib.import_module(package), name) is expected, module


def test_every_name_leads_to_something():
    missing = []
    for path in every_name():
        try:
            resolve(path)
        except AttributeError:
            missing.append(path)
    assert not missing


def test_every_method_of_a_class_that_works_leads_to_something():
    missing = []
    for module in _surface.modules():
        for name in _surface.names_of(module).classes:
            cls = resolve(f"{module}.{name}")
            if _surface.is_absent(cls):
                continue
            owner = mx.nd.zeros((1,)) if cls is mx.nd.NDArray else cls
            missing += [
                f"{module}.{name}.{member}"
                for member in _surface.members(f"{module}.{name}")
                if not hasattr(owner, member)
            ]
    assert not missing


def test_every_placeholder_raises_when_it_is_called_and_names_itself():
    for path in every_name():
        thing = resolve(path)
        if _surface.is_absent(thing):
            with pytest.raises(NotImplementedError, match=rf"\.{thing.__name__}: not in Glueball yet"):
                thing(1, key=2)


# ------------------------------------------------------------------------------------------- what a user sees


def test_message_has_name_reason_and_alternative():
    with pytest.raises(NotImplementedError) as caught:
        _surface.placeholder("mxnet.rnn.LSTMCell")()
    assert str(caught.value).splitlines() == [
        "mxnet.rnn.LSTMCell: not in Glueball yet",
        "  because:  it is the older form of gluon.rnn",
        "  try:      gluon.rnn",
    ]


def test_what_an_alternative_names_is_there():
    roots = {
        "autograd": "mxnet.autograd",
        "gluon": "mxnet.gluon",
        "init": "mxnet.initializer",
        "logging": "logging",
        "metric": "mxnet.metric",
        "mx": "mxnet",
        "nd": "mxnet.ndarray",
        "nn": "mxnet.gluon.nn",
        "numpy": "numpy",
        "torch": "torch",
    }
    text = " ".join(instead or "" for _, instead in _alternatives.ALTERNATIVES.values())
    named = set(re.findall(rf"\b(?:{'|'.join(roots)})(?:\.\w+)+", text))
    assert {"gluon.Trainer", "gluon.rnn", "mx.nd"} <= named
    for name in sorted(named):
        root, *rest = name.split(".")
        thing = importlib.import_module(roots[root])
        for depth, part in enumerate(rest):
            if not hasattr(thing, part):
                importlib.import_module(".".join([roots[root], *rest[: depth + 1]]))
            thing = getattr(thing, part)
        assert not _surface.is_absent(thing), name


def test_absent_class_refuses_subclasses():
    base = _surface.placeholder("mxnet.operator.CustomOp")
    with pytest.raises(NotImplementedError, match=r"mxnet\.operator\.CustomOp"):
        type("Sigmoid", (base,), {})


def test_absent_class_has_no_instances_but_can_be_asked():
    assert not isinstance(3, _surface.placeholder("mxnet.mod.Module"))
    assert not issubclass(int, _surface.placeholder("mxnet.mod.Module"))


def test_absent_error_class_can_stand_in_an_except_clause():
    absent = _surface.placeholder("mxnet.error.InternalError")

    def divide():
        try:
            return 1 / 0
        except absent:
            return None

    with pytest.raises(ZeroDivisionError):
        divide()


def test_absent_class_knows_methods_of_its_bases():
    fit = _surface.placeholder("mxnet.mod.Module").fit  # BaseModule's
    with pytest.raises(NotImplementedError, match=r"mxnet\.mod\.Module\.fit"):
        fit()


def test_misspelt_method_of_an_absent_class_names_the_nearest():
    with pytest.raises(AttributeError, match=r"try: +mxnet\.mod\.Module\.forward"):
        _ = _surface.placeholder("mxnet.mod.Module").forwrad


@pytest.mark.parametrize(
    ("module", "misspelt", "meant"),
    [
        ("mxnet", "autogard", "autograd"),
        ("mxnet.nd", "soft_max", "softmax"),
        ("mxnet.mod", "Modul", "Module"),
    ],
)
def test_misspelt_name_is_an_attribute_error_with_the_nearest(module, misspelt, meant):
    with pytest.raises(AttributeError, match=rf"{misspelt}'\n  try: +{module}\.{meant}"):
        getattr(importlib.import_module(module), misspelt)


def test_import_of_an_unknown_module_is_an_import_error():
    with pytest.raises(ModuleNotFoundError, match=r"mxnet\.no_such_module"):
        importlib.import_module("mxnet.no_such_module")


def test_star_import_of_an_absent_module_brings_its_names():
    names = {}
    exec(f"from {ABSENT_MODULE} import *", names)
    assert _surface.is_absent(names["SVRGModule"])


def test_placeholder_is_the_same_object_each_time():
    module = importlib.import_module(ABSENT_MODULE)
    assert module.SVRGModule is module.SVRGModule is _surface.placeholder(f"{ABSENT_MODULE}.SVRGModule")


# ----------------------------------------------------------------------------------------------- real modules


def test_alias_and_module_are_one_object():
    for alias, module in _surface.ALIASES.items():
        assert importlib.import_module(alias) is importlib.import_module(module)


def test_import_through_an_alias_does_not_load_a_module_twice():
    assert importlib.import_module("mxnet.nd.random") is importlib.import_module("mxnet.ndarray.random")


def test_import_by_an_inner_path_finds_the_one_object():
    inner = importlib.import_module("mxnet.gluon.nn.basic_layers")
    assert inner.Dense is mx.gluon.nn.Dense
    assert not _surface.is_absent(inner.Dense)


def test_module_gives_no_placeholder_while_it_is_being_imported(monkeypatch):
    monkeypatch.setattr(mx.nd.__spec__, "_initializing", True, raising=False)
    with pytest.raises(AttributeError):
        _ = mx.nd.CachedOp


def test_complete_adds_what_is_missing_and_leaves_what_is_there():
    @_surface.complete("mxnet.gluon.Block")
    class Block:
        name = "mine"

        def forward(self):
            return 1

    block = Block()
    assert (block.name, block.forward()) == ("mine", 1)
    with pytest.raises(NotImplementedError, match=r"mxnet\.gluon\.Block\.summary"):
        block.summary()
    with pytest.raises(NotImplementedError, match=r"mxnet\.gluon\.Block\.params"):
        _ = block.params


def test_placeholders_do_not_claim_the_signature_of_the_original():
    parameters = inspect.signature(_surface.placeholder("mxnet.sym.FullyConnected")).parameters
    assert {p.kind for p in parameters.values()} == {
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.VAR_KEYWORD,
    }


# --------------------------------------------------------------------------- the original installed beside it


@pytest.fixture
def original(tmp_path):
    folder = tmp_path / "site-packages"
    (folder / "mxnet_cu112-1.9.1.dist-info").mkdir(parents=True)
    return folder


def test_import_reads_no_table_and_warns_of_the_original_once(original):
    program = (
        f"import sys; sys.path.append({str(original)!r})\n"
        "import mxnet; import mxnet as again\n"
        "assert mxnet._surface._paragraphs.cache_info().currsize == 0\n"
        "assert 'mxnet._alternatives' not in sys.modules\n"
    )
    done = run_python(program, PYTHONWARNINGS="default")
    assert done.stderr.count("share the import name 'mxnet'") == 1
    assert "pip uninstall mxnet-cu112" in done.stderr
    assert "<string>:2: UserWarning" in done.stderr  # it points at the user's own import


def test_original_is_found_in_any_of_its_builds(original, monkeypatch):
    (original / "mxnet-1.9.1.dist-info").mkdir()
    (original / "mxnetlike-1.0.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(original)])
    assert {(d.name, d.version) for d in _conflict.other_distributions()} == {
        ("mxnet", "1.9.1"),
        ("mxnet-cu112", "1.9.1"),
    }


def test_no_warning_without_the_original(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "missing" / "site-packages")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _conflict.warn_of_conflict()
