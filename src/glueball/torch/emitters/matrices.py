"""Sorting, matrices, and sampling by a grid."""

from __future__ import annotations

from functools import partial

from glueball.torch.emitters.table import Call, Unwritten, Written, dtype_text, emits, literal

__all__: list[str] = []

# ---------------------------------------------------------------------- order


def _line(call: Call) -> tuple[str, int]:
    """The array and the axis along which it is put in order."""
    return ("@0.flatten()", 0) if call["axis"] is None or call.rank() == 0 else ("@0", call["axis"])


@emits("sort")
def sort(call: Call) -> str:
    data, axis = _line(call)
    falling = "" if call["is_ascend"] else ", descending=True"
    return f"{data}.sort({axis}{falling}).values"


@emits("argsort")
def argsort(call: Call) -> str:
    data, axis = _line(call)
    falling = "" if call["is_ascend"] else ", descending=True"
    return f"{data}.argsort(dim={axis}{falling}, stable=True).to({dtype_text(call['dtype'])})"


@emits("topk")
def topk(call: Call) -> Written:
    (data, axis), kind = _line(call), call["ret_typ"]
    count = str(call["k"]) if call["k"] >= 1 else f"{data}.shape[{axis}]"
    more = ", largest=False" if call["is_ascend"] else ""
    if kind == "value":
        return Written(f"{data}.topk({count}, {axis}{more}).values")
    if kind == "mask":
        if data != "@0":
            raise Unwritten("a mask over all axes together")
        chosen = f"topk(@0, {count}, {axis}{more}, dtype=torch.int64)[1]"
        return Written(f"torch.zeros_like(@0).scatter({axis}, {chosen}, 1)")
    if call["dtype"] != "float32":
        more += f", dtype={dtype_text(call['dtype'])}"
    code = f"topk({data}, {count}, {axis}{more})"
    return Written(code, None, 2) if kind == "both" else Written(f"{code}[1]")


# ---------------------------------------------------------------------- lengths and places


@emits("shape_array")
def shape_array(call: Call) -> str:
    return "torch.tensor(@0.shape, device=@0.device)"


@emits("size_array")
def size_array(call: Call) -> str:
    return "torch.tensor([@0.numel()], device=@0.device)"


@emits("_unravel_index")
def unravel_index(call: Call) -> str:
    shape = (call["shape"],) if isinstance(call["shape"], int) else tuple(call["shape"])
    return f"torch.stack(torch.unravel_index(@0.long(), {literal(shape)})).to(@0.dtype)"


@emits("_split_v2")
def split_v2(call: Call) -> Written:
    count, axis = call["sections"] or len(call["indices"]), call["axis"]
    if count == 1:
        return Written(f"@0.squeeze({axis})" if call["squeeze_axis"] else "@0")
    if call["squeeze_axis"]:
        return Written(f"@0.unbind({axis})", None, count)
    parts = literal(call["sections"] or tuple(call["indices"])[1:])
    return Written(f"@0.tensor_split({parts}, {axis})", None, count)


@emits("_linspace")
def linspace(call: Call) -> str:
    kind = dtype_text(call["dtype"])
    if not kind.startswith(("torch.float", "torch.bfloat")):
        raise Unwritten("whole numbers at equal distances, which PyTorch rounds differently")
    start, stop = literal(call["start"]), literal(call["stop"])
    count = call["num"] + (not call["endpoint"])
    device = f", device={call.nearby}.device" if call.nearby else ""
    code = f"torch.linspace({start}, {stop}, {count}, dtype={kind}{device})"
    return code if call["endpoint"] else f"{code}[:-1]"


# ---------------------------------------------------------------------- matrices

_LINALG = {
    "_linalg_inverse": "torch.linalg.inv(@0)",
    "_linalg_potrf": "torch.linalg.cholesky(@0)",
    "_linalg_syrk": "@0 @ @0.mT",
}


def _plain(code: str, call: Call) -> str:
    if call.options.get("transpose"):
        code = "@0.mT @ @0"
    factor = call.options.get("alpha", 1)
    return code if factor == 1 else f"({code}) * {literal(factor)}"


for _kind, _code in _LINALG.items():
    emits(_kind)(partial(_plain, _code))


@emits("diag")
def diag(call: Call) -> str:
    if call.known_rank() == 1:
        return f"torch.diag(@0, {call['k']})" if call["k"] else "torch.diag(@0)"
    return f"@0.diagonal({call['k']}, {call['axis1']}, {call['axis2']})"


@emits("_linalg_extractdiag")
def extractdiag(call: Call) -> str:
    return f"@0.diagonal({call['offset']}, -2, -1)"


@emits("_linalg_makediag")
def makediag(call: Call) -> str:
    return f"torch.diag_embed(@0, {call['offset']})" if call["offset"] else "torch.diag_embed(@0)"


@emits("_linalg_sumlogdiag")
def sumlogdiag(call: Call) -> str:
    code = "@0.diagonal(0, -2, -1).log().sum(-1)"
    return f"{code}.reshape(1)" if call.known_rank() == 2 else code


@emits("_linalg_gemm")
def gemm(call: Call) -> str:
    if call["axis"] != -2:
        raise Unwritten("its matrices do not stand in the last two axes")
    left = "@0.mT" if call["transpose_a"] else "@0"
    right = "@1.mT" if call["transpose_b"] else "@1"
    product = f"{left} @ {right}" if call["alpha"] == 1 else f"{literal(call['alpha'])} * ({left} @ {right})"
    return f"{product} + @2" if call["beta"] == 1 else f"{product} + {literal(call['beta'])} * @2"


@emits("_eye")
def eye(call: Call) -> str:
    rows, columns, place = call["N"], call["M"] or call["N"], call["k"]
    kind = f", dtype={dtype_text(call['dtype'])}" + (f", device={call.nearby}.device" if call.nearby else "")
    if not place:
        return f"torch.eye({rows if rows == columns else f'{rows}, {columns}'}{kind})"
    return f"torch.ones({rows}, {columns}{kind}).triu({place}).tril({place})"


# ---------------------------------------------------------------------- sampling by a grid


@emits("BilinearSampler")
def bilinear_sampler(call: Call) -> str:
    return "F.grid_sample(@0, @1.permute(0, 2, 3, 1), align_corners=True)"


def _affine(map_: str, call: Call, batch: str) -> str:
    height, width = call["target_shape"]
    if min(height, width) < 2:
        raise Unwritten("an axis of one element, which PyTorch puts in the middle")
    return f"F.affine_grid({map_}.reshape(-1, 2, 3), ({batch}, 1, {height}, {width}), align_corners=True)"


@emits("GridGenerator")
def grid_generator(call: Call) -> str:
    if call["transform_type"] != "affine":
        raise Unwritten("PyTorch makes grids of affine maps alone")
    return f"{_affine('@0', call, '@0.shape[0]')}.permute(0, 3, 1, 2)"


@emits("SpatialTransformer")
def spatial_transformer(call: Call) -> str:
    return f"F.grid_sample(@0, {_affine('@1', call, '@0.shape[0]')}, align_corners=True)"
