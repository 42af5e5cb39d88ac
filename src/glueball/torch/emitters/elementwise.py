"""Arithmetic, functions of one array, reductions, and arrays out of nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from glueball.torch.emitters.table import Call, Unwritten, dtype_text, emits, literal

__all__: list[str] = []

# ---------------------------------------------------------------------- functions of one array

# For floating arrays; those marked True do the same to whole numbers.
_UNARY: dict[str, tuple[str, bool]] = {
    "abs": ("@0.abs()", True),
    "sign": ("@0.sign()", True),
    "negative": ("-@0", True),
    "square": ("@0.square()", True),
    "relu": ("torch.relu(@0)", True),
    "_copy": ("@0", True),
    "zeros_like": ("torch.zeros_like(@0)", True),
    "ones_like": ("torch.ones_like(@0)", True),
    "logical_not": ("(@0 == 0).to(@0.dtype)", True),
    "BlockGrad": ("@0.detach()", True),
    "round": ("round_away(@0)", False),
    "rint": ("round_down(@0)", False),
    "ceil": ("@0.ceil()", False),
    "floor": ("@0.floor()", False),
    "trunc": ("@0.trunc()", False),
    "fix": ("@0.trunc()", False),
    "sqrt": ("@0.sqrt()", False),
    "rsqrt": ("@0.rsqrt()", False),
    "cbrt": ("torch.copysign(torch.pow(@0.abs(), 1 / 3), @0)", False),
    "rcbrt": ("torch.copysign(torch.pow(@0.abs(), -1 / 3), @0)", False),
    "reciprocal": ("@0.reciprocal()", False),
    "degrees": ("torch.rad2deg(@0)", False),
    "radians": ("torch.deg2rad(@0)", False),
    "arcsin": ("torch.asin(@0)", False),
    "arccos": ("torch.acos(@0)", False),
    "arctan": ("torch.atan(@0)", False),
    "arcsinh": ("torch.asinh(@0)", False),
    "arccosh": ("torch.acosh(@0)", False),
    "arctanh": ("torch.atanh(@0)", False),
    "gammaln": ("torch.lgamma(@0)", False),
    "softsign": ("F.softsign(@0)", False),
    "mish": ("F.mish(@0)", False),
    **{
        name: (f"torch.{name}(@0)", False)
        for name in "exp log log10 log2 log1p expm1 sin cos tan sinh cosh tanh erf erfinv sigmoid".split()
    },
    "_contrib_div_sqrt_dim": ("@0 / @0.shape[-1] ** 0.5", False),
}


def _unary(code: str, whole: bool, call: Call) -> str:
    if not whole:
        call.refuse_whole()
    return code


for _kind, (_code, _whole) in _UNARY.items():
    emits(_kind)(partial(_unary, _code, _whole))


@emits("clip")
def clip(call: Call) -> str:
    return f"@0.clamp({literal(call['a_min'])}, {literal(call['a_max'])})"


@emits("hard_sigmoid")
def hard_sigmoid(call: Call) -> str:
    return f"F.hardtanh(@0 * {literal(call['alpha'])} + {literal(call['beta'])}, 0, 1)"


@emits("smooth_l1")
def smooth_l1(call: Call) -> str:
    call.refuse_whole()
    if not call["scalar"]:
        raise Unwritten("scalar=0 makes it 0 everywhere")
    limit = literal(1 / float(call["scalar"]) ** 2)
    return f'F.smooth_l1_loss(@0, torch.zeros_like(@0), reduction="none", beta={limit})'


@emits("_contrib_quadratic")
def quadratic(call: Call) -> str:
    a, b, c = (literal(call[name]) for name in "abc")
    return f"{a} * @0.square() + {b} * @0 + {c}"


@emits("Cast", "amp_cast")
def cast(call: Call) -> str:
    wanted = dtype_text(call["dtype"])
    if call.kind == "amp_cast" and call.values[0].dtype is None:
        raise Unwritten("whether its input is cast depends on its type, which example inputs make known")
    if call.kind == "amp_cast" and call.is_whole():
        return "@0"
    if wanted in ("torch.uint8", "torch.int8", "torch.int16") and not call.is_whole():
        return f"@0.to(torch.int32).to({wanted})"  # numbers out of range wrap around
    return f"@0.to({wanted})"


@emits("make_loss", "MakeLoss")
def make_loss(call: Call) -> str:
    if call.options.get("normalization", "null") != "null":
        raise Unwritten("its gradient is divided by a number that shows when it runs")
    return f"MakeLoss.apply(@0, {literal(call.options.get('grad_scale', 1))})"


# ---------------------------------------------------------------------- two arrays, or an array and a number

# Names of two arrays, the expression for two arrays, that for array and number, that for number and array;
# {s} stands for the number.
_COMPARISONS = {
    "equal": "==",
    "not_equal": "!=",
    "greater": ">",
    "greater_equal": ">=",
    "lesser": "<",
    "lesser_equal": "<=",
}
_BINARY: dict[str, tuple[str, str, str | None]] = {
    "maximum": ("maximum(@0, @1)", "@0.clamp(min={s})", None),
    "minimum": ("minimum(@0, @1)", "@0.clamp(max={s})", None),
    "mod": ("remainder(@0, @1)", "@0.remainder({s})", "remainder(torch.full_like(@0, {s}), @0)"),
    "power": ("torch.pow(@0, @1)", "torch.pow(@0, {s})", "torch.pow({s}, @0)"),
    "hypot": ("torch.hypot(@0, @1)", "torch.hypot(@0, torch.full_like(@0, {s}))", None),
    **{
        name: (f"(@0 {sign} @1).to(@0.dtype)", f"(@0 {sign} {{s}}).to(@0.dtype)", None)
        for name, sign in _COMPARISONS.items()
    },
}
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
_SCALARS = {"_plus_scalar": "+", "_minus_scalar": "-", "_mul_scalar": "*", "_div_scalar": "/"}
_EXACT = {"maximum", "minimum", *_COMPARISONS}  # whole numbers need no care


def _operation(sign: str, call: Call) -> str:
    if sign == "/":
        call.refuse_whole()
    return f"@0 {sign} @1"


def _of_two(code: str, exact: bool, call: Call) -> str:
    if not exact:
        call.refuse_whole()
    return code


for _name, _sign in _SIGNS.items():
    emits(f"broadcast_{_name}", f"elemwise_{_name}")(partial(_operation, _sign))
for _name, _forms in _BINARY.items():
    emits(f"broadcast_{_name}", f"_{_name}")(partial(_of_two, _forms[0], _name in _EXACT))


def _number(call: Call) -> Any:
    """The number of a call in the type of its array: whole numbers lose what is behind the point."""
    number = call["scalar"]
    return int(number) if call.is_whole() else number


def _with_number(sign: str, call: Call) -> str:
    number = _number(call)
    if sign == "/":
        call.refuse_whole()
    if sign == "*" and abs(number) == 1:
        return "@0" if number == 1 else "-@0"
    if sign in "+-" and number < 0:
        return f"@0 {'-' if sign == '+' else '+'} {literal(-number)}"
    return f"@0 {sign} {literal(number)}"


def _from_number(sign: str, call: Call) -> str:
    if sign == "/":
        call.refuse_whole()
    return f"{literal(_number(call))} {sign} @0"


def _binary_with_number(code: str, exact: bool, call: Call) -> str:
    if not exact:
        call.refuse_whole()
    if "remainder" in code and "@0.rem" in code and not call["scalar"]:
        return "torch.zeros_like(@0)"
    return code.replace("{s}", literal(_number(call)))


for _name, _sign in _SCALARS.items():
    emits(_name)(partial(_with_number, _sign))
emits("_rminus_scalar")(partial(_from_number, "-"))
emits("_rdiv_scalar")(partial(_from_number, "/"))
for _name, _forms in _BINARY.items():
    emits(f"_{_name}_scalar")(partial(_binary_with_number, _forms[1], _name in _EXACT))
    if _forms[2]:
        emits(f"_r{_name}_scalar")(partial(_binary_with_number, _forms[2], False))

_LOGIC = {"and": "&", "or": "|", "xor": "^"}


def _logic(sign: str, call: Call) -> str:
    return f"((@0 != 0) {sign} (@1 != 0)).to(@0.dtype)"


def _logic_with_number(sign: str, call: Call) -> str:
    return f"((@0 != 0) {sign} {bool(_number(call))}).to(@0.dtype)"


for _name, _sign in _LOGIC.items():
    emits(f"broadcast_logical_{_name}", f"_logical_{_name}")(partial(_logic, _sign))
    emits(f"_logical_{_name}_scalar")(partial(_logic_with_number, _sign))


@emits("add_n")
def add_n(call: Call) -> str:
    return " + ".join(call.all())


# ---------------------------------------------------------------------- reductions


def _reduced(method: str, call: Call, data: str = "@0", more: str = "") -> str:
    """``method`` along the axes of a call; a result without axes gets one, as in MXNet."""
    axes = _axes(call)
    if axes is None:
        if not call["keepdims"]:
            return f"{data}.{method}({more.removeprefix(', ')}).reshape(1)"
        given = f"tuple(range({data}.dim()))" if call.rank() is None else literal(_all_axes(call))
    else:
        given = literal(axes[0] if len(axes) == 1 else axes)
    keep = ", keepdim=True" if call["keepdims"] else ""
    code = f"{data}.{method}({given}{keep}{more})"
    return f"{code}.reshape(1)" if axes and not keep and len(axes) == call.rank() else code


def _all_axes(call: Call) -> tuple[int, ...]:
    return tuple(range(call.known_rank()))


def _axes(call: Call) -> tuple[int, ...] | None:
    """The axes to reduce; None for all."""
    axis = call["axis"]
    if axis is None or axis == () or axis == []:
        axes: tuple[int, ...] | None = None
    else:
        axes = (axis,) if isinstance(axis, int) else tuple(axis)
    if call.options.get("exclude"):
        rank = call.known_rank()
        stay = {each % rank for each in (range(rank) if axes is None else axes)}
        axes = tuple(each for each in range(rank) if each not in stay)
        if not axes:
            raise Unwritten("it reduces no axis at all")
    return axes


def _reduction(method: str, call: Call) -> str:
    if call.is_whole():
        if method in ("mean", "nansum"):
            call.refuse_whole()
        if method == "sum":
            return _reduced("sum", call, more=", dtype=@0.dtype")
    return _reduced(method, call)


for _kind, _method in (
    ("sum", "sum"),
    ("mean", "mean"),
    ("max", "amax"),
    ("min", "amin"),
    ("nansum", "nansum"),
):
    emits(_kind)(partial(_reduction, _method))


@emits("prod")
def prod(call: Call) -> str:
    call.refuse_whole()
    axes = _axes(call)
    if axes is None:
        if call["keepdims"]:
            raise Unwritten("PyTorch multiplies along one axis at a time")
        return "@0.prod().reshape(1)"
    keep = ", keepdim=True" if call["keepdims"] else ""
    if len(axes) > 1:
        rank = call.known_rank()
        axes = tuple(sorted((axis % rank for axis in axes), reverse=True))
    code = "@0" + "".join(f".prod({axis}{keep})" for axis in axes)
    return f"{code}.reshape(1)" if not keep and len(axes) == call.rank() else code


@emits("norm")
def norm(call: Call) -> str:
    call.refuse_whole()
    if call["out_dtype"] not in (None, "None"):
        raise Unwritten("out_dtype changes its type")
    axes, order = _axes(call), call["ord"]
    keep = ", keepdim=True" if call["keepdims"] else ""
    if axes is None:
        code = f"torch.linalg.vector_norm(@0, {order}{keep})"
        return code if keep else f"{code}.reshape(1)"
    given = literal(axes[0] if len(axes) == 1 else axes)
    code = f"torch.linalg.vector_norm(@0, {order}, {given}{keep})"
    return f"{code}.reshape(1)" if not keep and len(axes) == call.rank() else code


@emits("argmax", "argmin", "argmax_channel")
def position(call: Call) -> str:
    method = "argmin" if call.kind == "argmin" else "argmax"
    axis = 1 if call.kind == "argmax_channel" else call["axis"]
    if axis is None:
        if call["keepdims"]:
            raise Unwritten("PyTorch keeps no axes of the position of one element")
        return f"@0.{method}().reshape(1).to(@0.dtype)"
    keep = ", keepdim=True" if call.options.get("keepdims") else ""
    alone = ".reshape(1)" if call.rank() == 1 and not keep else ""
    return f"@0.{method}({axis}{keep}){alone}.to(@0.dtype)"


@emits("_np_cumsum")
def cumsum(call: Call) -> str:
    axis, dtype = call["axis"], call["dtype"]
    data = "@0.flatten()" if axis is None else "@0"
    kind = "@0.dtype" if dtype in (None, "None") else dtype_text(dtype)
    return f"{data}.cumsum({axis or 0}, dtype={kind})"


# ---------------------------------------------------------------------- products


@emits("dot")
def dot(call: Call) -> str:
    ranks = call.known_rank(0), call.known_rank(1)
    if ranks == (1, 1):
        return "torch.dot(@0, @1).reshape(1)"
    if ranks == (2, 2):
        left = "@0.t()" if call["transpose_a"] else "@0"
        right = "@1.t()" if call["transpose_b"] else "@1"
        return f"{left} @ {right}"
    left = f"[{0 if call['transpose_a'] else ranks[0] - 1}]"
    right = f"[{ranks[1] - 1 if call['transpose_b'] else 0}]"
    return f"torch.tensordot(@0, @1, dims=({left}, {right}))"


@emits("batch_dot")
def batch_dot(call: Call) -> str:
    return _matrix_product(call)


def _matrix_product(call: Call) -> str:
    left = "@0.transpose(-1, -2)" if call["transpose_a"] else "@0"
    right = "@1.transpose(-1, -2)" if call["transpose_b"] else "@1"
    return f"{left} @ {right}"


@emits("_linalg_gemm2")
def gemm2(call: Call) -> str:
    if call["axis"] != -2:
        raise Unwritten("its matrices do not stand in the last two axes")
    code = _matrix_product(call)
    return code if call["alpha"] == 1 else f"({code}) * {literal(call['alpha'])}"


_ATTENTION = {
    "selfatt_qk": "self_scores(@0, {h})",
    "selfatt_valatt": "attended(@0, @1, {h}, 3)",
    "encdec_qk": "cross_scores(@0, @1, {h})",
    "encdec_valatt": "attended(@0, @1, {h}, 2)",
}


def _attention(code: str, call: Call) -> str:
    return code.replace("{h}", str(call["heads"]))


for _name, _code in _ATTENTION.items():
    emits(f"_contrib_interleaved_matmul_{_name}")(partial(_attention, _code))

# ---------------------------------------------------------------------- arrays out of nothing


def _creation(fill: Callable[[Call], str], call: Call) -> str:
    shape = call["shape"]
    size = (shape,) if isinstance(shape, int) else tuple(shape or ())
    size = tuple(
        length or 1 for length in size
    )  # lengths that MXNet solves: 1 broadcasts to whatever they are
    text, value = literal(size), fill(call)
    kind = call["dtype"]
    if call.like is not None and kind in ("float32", None):  # follows the network's type and device
        method = {"0": "new_zeros", "1": "new_ones"}.get(value)
        return f"{call.like}.{method}({text})" if method else f"{call.like}.new_full({text}, {value})"
    name = {"0": "zeros", "1": "ones"}.get(value)
    more = f"dtype={dtype_text(kind)}" + (f", device={call.nearby}.device" if call.nearby else "")
    return f"torch.{name}({text}, {more})" if name else f"torch.full({text}, {value}, {more})"


emits("_zeros")(partial(_creation, lambda call: "0"))
emits("_ones")(partial(_creation, lambda call: "1"))
emits("_full")(partial(_creation, lambda call: literal(call["value"])))


@emits("_arange")
def arange(call: Call) -> str:
    start, stop, step = call["start"], call["stop"], call["step"]
    if stop is None:
        start, stop = 0, start
    if call["repeat"] != 1 or call["infer_range"]:
        raise Unwritten("repeat and infer_range have no equal in PyTorch")
    numbers = ", ".join(literal(each) for each in (start, stop, step))
    plain = call.like is not None and call["dtype"] in ("float32", None)
    kind = f"{call.like}.dtype" if plain else dtype_text(call["dtype"])
    device = f", device={call.nearby}.device" if call.nearby else ""
    return f"torch.arange({numbers}, dtype={kind}{device})"


@emits("_contrib_arange_like")
def arange_like(call: Call) -> str:
    if call["repeat"] != 1:
        raise Unwritten("repeat has no equal in PyTorch")
    axis = call["axis"]
    count = "@0.numel()" if axis is None else f"@0.shape[{axis}]"
    code = f"torch.arange({count}, dtype=@0.dtype, device=@0.device)"
    if call["step"] != 1:
        code += f" * {literal(call['step'])}"
    if call["start"]:
        code += f" + {literal(call['start'])}"
    if axis is not None:
        return code
    return f"{code}.reshape(@0.shape)" if code.endswith(")") else f"({code}).reshape(@0.shape)"
