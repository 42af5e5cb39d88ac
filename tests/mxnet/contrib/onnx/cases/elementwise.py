"""Arithmetic, comparisons, functions of one number, and types."""

from mxnet import sym

from .case import Cases, data, ints, learnt, values

CASES = Cases()
internal = sym._internal
x, y = data(2, 3, 4), data(2, 3, 4)

# ---------------------------------------------------------------------- arithmetic

_PAIRS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "div": "div",
    "maximum": None,
    "minimum": None,
    "hypot": None,
    "equal": None,
    "not_equal": None,
    "greater": None,
    "greater_equal": None,
    "lesser": None,
    "lesser_equal": None,
    "logical_and": None,
    "logical_or": None,
    "logical_xor": None,
}
for _name, _short in _PAIRS.items():
    _arrays = (x, data(1, 3, 1)) if _short else (ints(2, 3, 4, low=-1, high=2, dtype="float32"),) * 2
    CASES.add(f"broadcast_{_name}", "", getattr(sym, f"broadcast_{_name}"), *_arrays)
    _same = f"elemwise_{_short}" if _short else f"_{_name}"
    CASES.add(_same, "", getattr(sym, _same, None) or getattr(internal, _same), *(_arrays[:1] * 2))
    _scalar = {"add": "plus", "sub": "minus"}.get(_name, _name)
    CASES.add(
        f"_{_scalar}_scalar",
        "",
        lambda s, f=f"_{_scalar}_scalar": getattr(internal, f)(s, scalar=2.0),
        _arrays[0],
    )
CASES.add("elemwise_div", "of whole numbers", sym.elemwise_div, ints(2, 3), ints(2, 3, low=1))
CASES.add("_plus_scalar", "to whole numbers", lambda s: s + 1.7, ints(2, 3))
CASES.add("broadcast_mod", "", sym.broadcast_mod, ints(4, 5, dtype="float32"), ints(1, 5, dtype="float32"))
CASES.add("broadcast_mod", "of fractions", sym.broadcast_mod, data(4, 5), data(4, 1))
CASES.add("_mod", "", internal._mod, ints(4, 5), ints(4, 5))
CASES.add("_mod_scalar", "", lambda s: s % -3, ints(4, 5, dtype="float32"))
CASES.add("_mod_scalar", "by zero", lambda s: s % 0, ints(4, 5, dtype="float32"))
CASES.add("_rmod_scalar", "", lambda s: 3 % s, ints(4, 5, dtype="float32"))
CASES.add("_rminus_scalar", "", lambda s: 3 - s, x)
CASES.add("_rdiv_scalar", "", lambda s: 3 / s, data(2, 3, low=1, high=2))
CASES.add("_rpower_scalar", "", lambda s: 2**s, x)
CASES.add("_power_scalar", "", lambda s: s**2, x)
CASES.add("_power_scalar", "of whole numbers", lambda s: s**3, ints(2, 3))
CASES.add("_power", "", internal._power, data(2, 3, low=0.5, high=2), data(2, 3))
CASES.add("broadcast_power", "", sym.broadcast_power, data(2, 3, low=0.5, high=2), data(1, 3))

# ---------------------------------------------------------------------- functions of one number

for _name in (
    *(
        "sin",
        "cos",
        "tan",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
        "arcsinh",
        "erf",
        "sigmoid",
        "softsign",
        "exp",
        "abs",
    ),
    *(
        "negative",
        "square",
        "relu",
        "cbrt",
        "degrees",
        "radians",
        "expm1",
        "ceil",
        "floor",
        "trunc",
        "fix",
        "sign",
    ),
    *("zeros_like", "ones_like", "BlockGrad", "make_loss", "MakeLoss", "shape_array", "size_array"),
):
    CASES.add(_name, "", getattr(sym, _name), x)
for _name in ("arcsin", "arccos", "arctanh", "log1p"):
    CASES.add(_name, "", getattr(sym, _name), data(3, 4, low=-0.9, high=0.9))
for _name in ("sqrt", "rsqrt", "log", "log10", "log2", "reciprocal", "rcbrt"):
    CASES.add(_name, "", getattr(sym, _name), data(3, 4, low=0.1, high=3))
for _name in ("round", "rint"):
    CASES.add(
        _name, "", getattr(sym, _name), values([-2.5, -1.5, -0.5, -0.2, 0, 0.49999997, 0.5, 1.5, 2.5, 7.2])
    )
CASES.add("log1p", "near 0", sym.log1p, values([1e-7, -1e-7, 0, 1e-3]))
CASES.add("expm1", "near 0", sym.expm1, values([1e-7, -1e-7, 0, 1e-3]))
CASES.add("arccosh", "", sym.arccosh, data(3, 4, low=1.1, high=3))
CASES.add("sqrt", "of whole numbers", sym.sqrt, ints(3, 4, low=0, high=50))
CASES.add("logical_not", "", sym.logical_not, ints(3, 4, low=0, high=2, dtype="float32"))
CASES.add("_copy", "", lambda s: sym.identity(s) + 1, x)
CASES.add("_copy", "alone", sym.identity, x)
CASES.add("_contrib_round_ste", "", sym.contrib.round_ste, data(3, 4, low=-3, high=3))
CASES.add("_contrib_sign_ste", "", sym.contrib.sign_ste, x)
CASES.add("_contrib_gradientmultiplier", "", lambda s: sym.contrib.gradientmultiplier(s, scalar=2), x)
CASES.add("_contrib_quadratic", "", lambda s: sym.contrib.quadratic(s, a=2, b=3, c=4), x)
CASES.add("cast_storage", "", lambda s: sym.cast_storage(s, stype="default"), x)
CASES.add(
    "IdentityAttachKLSparseReg",
    "",
    sym.IdentityAttachKLSparseReg,
    data(3, 4, low=0.1, high=0.9),
    learnt(4, low=0.1),
)
CASES.add("clip", "", lambda s: sym.clip(s, -0.5, 0.5), x)
CASES.add("clip", "of whole numbers", lambda s: sym.clip(s, -2, 3), ints(3, 4))
CASES.add("hard_sigmoid", "", lambda s: sym.hard_sigmoid(s, alpha=0.3, beta=0.4), x)
CASES.add("mish", "", sym.mish, x)
CASES.add("smooth_l1", "", lambda s: sym.smooth_l1(s, scalar=2), x)
CASES.add("smooth_l1", "0", lambda s: sym.smooth_l1(s, scalar=0), x)
CASES.add("add_n", "", sym.add_n, x, y, x)
CASES.add("add_n", "of whole numbers", sym.add_n, ints(2), ints(2), ints(2))
CASES.add("_np_cumsum", "", lambda s: sym.cumsum(s, axis=1), x)
CASES.add("_np_cumsum", "of all", sym.cumsum, x)
CASES.add("Cast", "to whole numbers", lambda s: sym.cast(s, "int32"), data(3, 4, low=-9, high=9))
CASES.add("Cast", "to bytes", lambda s: sym.cast(s, "uint8"), values([1.7, -1.7, 300]))
CASES.add("Cast", "to doubles", lambda s: sym.cast(s, "float64") * 2, x)
CASES.add("amp_cast", "", lambda s: sym.amp_cast(s, dtype="float64"), x)
CASES.add("amp_multicast", "", lambda *s: sym.amp_multicast(*s, num_outputs=2), x, data(2, dtype="float64"))
