"""The table of names that libraries have removed, and what stands for each today.

A replacement is written ``module:attribute``, or ``module`` for a whole module. It is imported when a program
asks for the removed name and not before. The table is consulted only for names that a module does not have:
where the installed version still has (or has again) a name, that one is used.
"""

from __future__ import annotations

_SHIMS = "glueball.legacy.shims"

_NUMPY_BUILTINS = {
    # Removed in NumPy 1.24; `bool` and `long` came back in 2.0 with another meaning.
    "bool": "builtins:bool",
    "int": "builtins:int",
    "float": "builtins:float",
    "complex": "builtins:complex",
    "object": "builtins:object",
    "str": "builtins:str",
    "long": "builtins:int",
    "unicode": "builtins:str",
}

_NUMPY_RENAMED = {
    # NumPy 2.0 to 2.4.
    "alltrue": "all",
    "asfarray": f"{_SHIMS}:asfarray",
    "cfloat": "complex128",
    "cumproduct": "cumprod",
    "float_": "float64",
    "complex_": "complex128",
    "longcomplex": "clongdouble",
    "clongfloat": "clongdouble",
    "longfloat": "longdouble",
    "singlecomplex": "complex64",
    "string_": "bytes_",
    "unicode_": "str_",
    "in1d": "isin",
    "Inf": "inf",
    "Infinity": "inf",
    "infty": "inf",
    "PINF": "inf",
    "NINF": f"{_SHIMS}:NEGATIVE_INFINITY",
    "PZERO": f"{_SHIMS}:ZERO",
    "NZERO": f"{_SHIMS}:NEGATIVE_ZERO",
    "NaN": "nan",
    "NAN": "nan",
    "mat": "asmatrix",
    "msort": f"{_SHIMS}:msort",
    "product": "prod",
    "round_": "round",
    "row_stack": "vstack",
    "sometrue": "any",
    "trapz": "trapezoid",
    "asscalar": f"{_SHIMS}:asscalar",
    "alen": f"{_SHIMS}:alen",
    "rank": "ndim",
    "find_common_type": f"{_SHIMS}:find_common_type",
    "AxisError": "numpy.exceptions:AxisError",
    "ComplexWarning": "numpy.exceptions:ComplexWarning",
    "RankWarning": "numpy.exceptions:RankWarning",
    "TooHardError": "numpy.exceptions:TooHardError",
    "VisibleDeprecationWarning": "numpy.exceptions:VisibleDeprecationWarning",
}

# Abstract base classes left `collections` in Python 3.10.
_COLLECTIONS_ABC = (
    "AsyncGenerator",
    "AsyncIterable",
    "AsyncIterator",
    "Awaitable",
    "ByteString",
    "Callable",
    "Collection",
    "Container",
    "Coroutine",
    "Generator",
    "Hashable",
    "ItemsView",
    "Iterable",
    "Iterator",
    "KeysView",
    "Mapping",
    "MappingView",
    "MutableMapping",
    "MutableSequence",
    "MutableSet",
    "Reversible",
    "Sequence",
    "Set",
    "Sized",
    "ValuesView",
)

REMOVED: dict[str, dict[str, str]] = {
    "numpy": _NUMPY_BUILTINS
    | {name: new if ":" in new else f"numpy:{new}" for name, new in _NUMPY_RENAMED.items()},
    "collections": {name: f"collections.abc:{name}" for name in _COLLECTIONS_ABC},
    "IPython.display": {"set_matplotlib_formats": f"{_SHIMS}:set_matplotlib_formats"},
    "PIL.Image": {
        # Pillow 10.
        "ANTIALIAS": "PIL.Image:Resampling.LANCZOS",
        "LINEAR": "PIL.Image:Resampling.BILINEAR",
        "CUBIC": "PIL.Image:Resampling.BICUBIC",
    },
    "inspect": {"getargspec": f"{_SHIMS}:getargspec", "formatargspec": f"{_SHIMS}:formatargspec"},
    "fractions": {"gcd": "math:gcd"},
    "time": {"clock": "time:perf_counter"},
    "os": {"errno": "errno"},
    "base64": {"encodestring": "base64:encodebytes", "decodestring": "base64:decodebytes"},
    "cgi": {"escape": "html:escape"},
    "locale": {"format": "locale:format_string"},
    "pipes": {"quote": "shlex:quote"},
    "platform": {
        "linux_distribution": f"{_SHIMS}:linux_distribution",
        "dist": f"{_SHIMS}:linux_distribution",
    },
    "sys": {"setcheckinterval": f"{_SHIMS}:setcheckinterval"},
    "matplotlib.cm": {"get_cmap": "matplotlib.pyplot:get_cmap"},  # matplotlib 3.9
    "sklearn.externals": {"joblib": "joblib"},
    "pandas": {"np": "numpy", "datetime": "datetime:datetime"},
    "pandas.io.json": {"json_normalize": "pandas:json_normalize"},
}

# What a program should say instead, where that is not the replacement itself.
ADVICE = {
    "numpy.NINF": "-numpy.inf",
    "numpy.PZERO": "0.0",
    "numpy.NZERO": "-0.0",
    "numpy.asfarray": "numpy.asarray(a, dtype=float)",
    "numpy.msort": "numpy.sort(a, axis=0)",
    "numpy.asscalar": "a.item()",
    "numpy.alen": "len(a)",
    "numpy.find_common_type": "numpy.result_type",
    "IPython.display.set_matplotlib_formats": "matplotlib_inline.backend_inline.set_matplotlib_formats",
    "PIL.Image.ANTIALIAS": "PIL.Image.LANCZOS",
    "PIL.Image.LINEAR": "PIL.Image.BILINEAR",
    "PIL.Image.CUBIC": "PIL.Image.BICUBIC",
    "inspect.getargspec": "inspect.getfullargspec",
    "inspect.formatargspec": "inspect.signature",
    "os.errno": "import errno",
    "platform.linux_distribution": "platform.freedesktop_os_release",
    "platform.dist": "platform.freedesktop_os_release",
    "sys.setcheckinterval": "sys.setswitchinterval",
}


def advice(module: str, name: str) -> str:
    """Say what a program should write today in place of ``module.name``.

    >>> advice("numpy", "product"), advice("numpy", "float"), advice("os", "errno")
    ('numpy.prod', 'float', 'import errno')
    """
    full_name = f"{module}.{name}"
    if full_name in ADVICE:
        return ADVICE[full_name]
    return REMOVED[module][name].replace(":", ".").removeprefix("builtins.")
