"""Record the public names of MXNet 1.9.1, for ``src/mxnet/_surface.txt`` and the tests.

Run it with the Python of the real MXNet (``make golden`` does). It reads names, kinds and parameters off the
imported package; nothing else of it is kept.

``_surface.txt`` has a paragraph per module::

    [mxnet.gluon.rnn]
    functions  rnn_cell_begin ...
    values     pi ...
    class      LSTM(mxnet.gluon.HybridBlock)  methods begin_state forward  properties state_info
    from       mxnet.gluon: Block HybridBlock

``from`` names what a module shows of another one's: an import by an inner path finds the one object.
``tests/golden/signatures.tsv`` has a line per list of parameters: their names, and the paths of the
functions, classes and methods that take them.
"""

import importlib
import inspect
import pkgutil
import re
import sys
import types
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SURFACE = ROOT / "src" / "mxnet" / "_surface.txt"
SIGNATURES = ROOT / "tests" / "golden" / "signatures.tsv"

# What belongs to how MXNet is built, not to what programs call.
INTERNAL = re.compile(
    r"mxnet\.(api|cython|libmxnet|tvmop|space|misc|ndarray_doc|symbol_doc|numpy_dispatch_protocol|numpy_op_\w+"
    r"|(numpy|ndarray\.numpy|symbol\.numpy)\.(utils|fallback\w*|arrayprint|function_base|stride_tricks)"
    r"|numpy_extension\.utils|(ndarray|symbol)\.(op|register|numpy|numpy_extension)|onnx\.setup"
    r"|kvstore\.kvstore_server|contrib\.amp\.lists)(\.|$)|\.(gen_\w+|_\w+)"
)

OWN = {"mxnet.numpy": ("mxnet", "numpy"), "mxnet.numpy.linalg": ("mxnet", "numpy")}


def modules():
    """Every module that a program may import, by its own name."""
    import mxnet

    found = {"mxnet": mxnet}
    for entry in pkgutil.walk_packages(mxnet.__path__, "mxnet.", onerror=lambda name: None):
        if INTERNAL.search(entry.name):
            continue
        try:
            found[entry.name] = importlib.import_module(entry.name)
        except ImportError:  # its own dependency is not there; it has nothing public to offer then
            continue
    return found


def public_names(module):
    """Names of a module that are MXNet's own, and the objects behind them."""
    for name, value in sorted(vars(module).items()):
        if name.startswith("_") or isinstance(value, types.ModuleType):
            continue
        if callable(value):
            home = (getattr(value, "__module__", None) or type(value).__module__).split(".")[0]
            # mx.np shows some of NumPy's own functions as its own
            if home in OWN.get(module.__name__, ("mxnet",)) or name in getattr(module, "__all__", ()):
                yield name, value
        elif module.__name__ == "mxnet.numpy" and isinstance(value, (float, type(None))):
            yield name, value  # pi, inf, newaxis


def homes(known):
    """Map (name, object) to the module where programs find it: the nearest package above its definition."""
    shown = {}
    for path, module in known.items():
        for name, value in public_names(module):
            shown.setdefault((name, id(value)), []).append(path)
    best = {}
    for (name, identity), paths in shown.items():
        value = getattr(known[paths[0]], name)
        defined = getattr(value, "__module__", None) or paths[0]
        above = [p for p in paths if (defined + ".").startswith(p + ".") and p != "mxnet"]
        # mxnet.gluon.nn.Dense, not mxnet.gluon.nn.basic_layers.Dense: a package that shows it beats its file
        packages = [p for p in above if hasattr(known[p], "__path__")]
        best[name, identity] = max(packages or above, key=len) if above else min(paths, key=len)
    return best


def describe_class(name, cls, home):
    line = f"class      {name}"
    bases = [f"{home[key]}.{key[0]}" for base in cls.__bases__ if (key := (base.__name__, id(base))) in home]
    if issubclass(cls, BaseException):
        bases.append("Exception")
    if bases:
        line += f"({','.join(bases)})"
    members = {"methods": [], "properties": []}
    for name, value in sorted(vars(cls).items()):
        if name.startswith("_") or not cls.__module__.startswith("mxnet"):
            continue
        if isinstance(value, property):
            members["properties"].append(name)
        elif callable(value) or isinstance(value, (classmethod, staticmethod)):
            members["methods"].append(name)
    for kind, names in members.items():
        if names:
            line += f"  {kind} {' '.join(names)}"
    return line


def parameters(value):
    """Names of the parameters, ``*`` and ``**`` with theirs; None where Python cannot tell."""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return None
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return [stars.get(p.kind, "") + name for name, p in signature.parameters.items() if name != "self"]


def main():
    warnings.simplefilter("ignore")
    import mxnet

    if mxnet.__version__ != "1.9.1":
        sys.exit(f"make_surface.py: this is mxnet {mxnet.__version__}; the names recorded are those of 1.9.1")
    known = modules()
    home = homes(known)
    surface = ["# Public names of MXNet 1.9.1, recorded by tools/make_surface.py from the package itself."]
    signatures = {}
    for path in sorted(known):
        functions, values, classes, borrowed = [], [], [], {}
        for name, value in public_names(known[path]):
            if home[name, id(value)] != path:
                borrowed.setdefault(home[name, id(value)], []).append(name)
                continue
            if inspect.isclass(value):
                classes.append(describe_class(name, value, home))
                inner = [(f"{name}.{m}", f) for m, f in sorted(vars(value).items()) if inspect.isfunction(f)]
            elif callable(value):
                functions.append(name)
                inner = []
            else:
                values.append(name)
                continue
            for label, item in [(name, value), *inner]:
                names = parameters(item)
                if names is not None and not label.rpartition(".")[2].startswith("_"):
                    signatures.setdefault(" ".join(names), []).append(f"{path}.{label}")
        surface += ["", f"[{path}]"]
        surface += [f"functions  {' '.join(functions)}"] if functions else []
        surface += [f"values     {' '.join(values)}"] if values else []
        surface += classes
        surface += [f"from       {source}: {' '.join(names)}" for source, names in sorted(borrowed.items())]
    SURFACE.write_text("\n".join(surface) + "\n", encoding="utf-8")
    SIGNATURES.parent.mkdir(parents=True, exist_ok=True)
    lines = ["# parameters<tab>where MXNet 1.9.1 has them, recorded by tools/make_surface.py"]
    lines += [
        f"{names}\t{' '.join(paths)}" for names, paths in sorted(signatures.items(), key=lambda item: item[1])
    ]
    SIGNATURES.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
