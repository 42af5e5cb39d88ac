"""Shapes, joining and cutting, and picking elements by index."""

from __future__ import annotations

from typing import Any

from glueball.torch.emitters.table import Call, Unwritten, Written, dtype_text, emits, literal
from mxnet.ops.shape import reversed_codes

__all__: list[str] = []

# ---------------------------------------------------------------------- shapes


@emits("Reshape")
def reshape(call: Call) -> str:
    shape = call["shape"] or call["target_shape"]
    codes = [int(code) for code in ((shape,) if isinstance(shape, int) else shape)]
    backwards = bool(call["reverse"])
    if codes == [0, -1] and not backwards:
        return "@0.flatten(1)"
    if codes == [-1]:
        return "@0.flatten()"
    if not codes:
        return "@0.reshape(())"
    if not backwards and (one := _one_axis(codes)) is not None:
        return one
    parts = _lengths(reversed_codes(tuple(codes)) if backwards else codes, backwards)
    return f"@0.reshape({', '.join(reversed(parts) if backwards else parts)})"


def _one_axis(codes: list[int]) -> str | None:
    """Two axes joined, or one cut in two, where all others stay; None for anything else."""
    first = next((place for place, code in enumerate(codes) if code), len(codes))
    kind, rest = codes[first] if first < len(codes) else 0, codes[first:]
    if kind == -3:
        rest, text = rest[1:], f"@0.flatten({first}, {first + 1})"
    elif kind == -4:
        rest, text = rest[3:], f"@0.unflatten({first}, {literal(rest[1:3])})"
    else:
        return None
    return text if rest == [-2] or not any(rest) else None


def _lengths(codes: list[int], backwards: bool) -> list[str]:
    """MXNet's codes as expressions over the shape; ``backwards`` counts axes from the last."""
    parts: list[str] = []
    axis = position = 0

    def length(place: int) -> str:
        return f"@0.shape[{-1 - place if backwards else place}]"

    while position < len(codes):
        code = codes[position]
        if code > 0 or code == -1:
            parts.append(str(code))
            axis += 1
        elif code == 0:
            parts.append(length(axis))
            axis += 1
        elif code == -2:
            if backwards:
                parts.append("*@0.shape" if axis == 0 else f"*@0.shape[:-{axis}]")
            else:
                parts.append("*@0.shape" if axis == 0 else f"*@0.shape[{axis}:]")
            axis = 99  # no axis is left
        elif code == -3:
            parts.append(f"{length(axis)} * {length(axis + 1)}")
            axis += 2
        else:
            first, second = codes[position + 1], codes[position + 2]
            parts.append(f"{length(axis)} // {second}" if first == -1 else str(first))
            parts.append(f"{length(axis)} // {first}" if second == -1 else str(second))
            axis += 1
            position += 2
        position += 1
    return parts


@emits("Flatten")
def flatten(call: Call) -> str:
    return "@0.reshape(-1, 1)" if call.rank() == 1 else "@0.flatten(1)"


@emits("transpose")
def transpose(call: Call) -> str:
    axes = call["axes"]
    if axes not in (None, (), []):
        return f"@0.permute({', '.join(str(a) for a in ((axes,) if isinstance(axes, int) else axes))})"
    if call.rank() is None:
        return "@0.permute(tuple(range(@0.dim()))[::-1])"
    if call.rank() == 2:
        return "@0.t()"
    return f"@0.permute({', '.join(str(a) for a in reversed(range(call.known_rank())))})"


@emits("SwapAxis")
def swap_axes(call: Call) -> str:
    return f"@0.transpose({call['dim1']}, {call['dim2']})"


@emits("expand_dims")
def expand_dims(call: Call) -> str:
    return f"@0.unsqueeze({call['axis']})"


@emits("squeeze")
def squeeze(call: Call) -> str:
    axis = call["axis"]
    axes = axis if isinstance(axis, (tuple, list)) else () if axis is None else (axis,)
    if axes and len(axes) == call.rank():
        return "@0.reshape(1)"  # one axis stays
    return f"@0.squeeze({literal(axis)})" if axes else "@0.squeeze()"


@emits("broadcast_to")
def broadcast_to(call: Call) -> str:
    shape = (call["shape"],) if isinstance(call["shape"], int) else call["shape"]
    return f"@0.expand({', '.join(str(n or -1) for n in shape)})"


@emits("broadcast_axis")
def broadcast_axis(call: Call) -> str:
    axes = (call["axis"],) if isinstance(call["axis"], int) else call["axis"]
    sizes = (call["size"],) if isinstance(call["size"], int) else call["size"]
    wanted = ["-1"] * call.known_rank()
    for axis, size in zip(axes, sizes, strict=True):
        wanted[axis] = str(size)
    return f"@0.expand({', '.join(wanted)})"


@emits("broadcast_like", "reshape_like")
def shaped_like(call: Call) -> str:
    parts = [name for name in call.node.op.attributes if call.options.get(name) is not None]  # type: ignore[union-attr]
    if parts:
        raise Unwritten(f"{', '.join(parts)} take only some axes")
    return "@0.expand(@1.shape)" if call.kind == "broadcast_like" else "@0.reshape(@1.shape)"


@emits("Pad")
def pad(call: Call) -> str:
    widths = call["pad_width"]
    pairs = [tuple(widths[i : i + 2]) for i in range(0, len(widths), 2)]
    while pairs and not any(pairs[0]):
        pairs.pop(0)
    given = [str(width) for pair in reversed(pairs) for width in pair]
    if not given:
        return "@0"
    if call["mode"] == "constant":
        value = f", value={literal(call['constant_value'])}" if call["constant_value"] else ""
        return f"F.pad(@0, ({', '.join(given)}){value})"
    while len(pairs) < len(widths) // 2 - 2:  # PyTorch wants all axes behind the channels
        pairs.insert(0, (0, 0))
        given += ["0", "0"]
    if len(pairs) > len(widths) // 2 - 2 or len(pairs) > 3:
        raise Unwritten(f"mode={call['mode']!r} along the batch or the channels")
    mode = {"edge": "replicate", "reflect": "reflect"}[call["mode"]]
    return f'F.pad(@0, ({", ".join(given)}), mode="{mode}")'


@emits("depth_to_space", "space_to_depth")
def blocks(call: Call) -> str:
    return f"{call.kind}(@0, {call['block_size']})"


@emits("im2col")
def im2col(call: Call) -> str:
    from mxnet.ops.windows import window

    sliding = window(call["kernel"], call["stride"], call["dilate"], call["pad"])
    if len(sliding.kernel) != 2:
        raise Unwritten("PyTorch unfolds images alone")
    numbers = (sliding.kernel, sliding.holes, sliding.padding, sliding.steps)
    return f"F.unfold(@0, {', '.join(literal(each) for each in numbers)})"


# ---------------------------------------------------------------------- joining and cutting


@emits("Concat", "_rnn_param_concat")
def concat(call: Call) -> str:
    return f"torch.cat([{', '.join(call.all())}], {call['dim']})"


@emits("stack")
def stack(call: Call) -> str:
    return f"torch.stack([{', '.join(call.all())}], {call['axis']})"


@emits("SliceChannel")
def split(call: Call) -> Written:
    count, axis = call["num_outputs"], call["axis"]
    if count == 1:
        return Written(f"@0.squeeze({axis})" if call["squeeze_axis"] else "@0")
    cut = f"@0.unbind({axis})" if call["squeeze_axis"] else f"@0.chunk({count}, {axis})"
    return Written(cut, None, count)


@emits("repeat")
def repeat(call: Call) -> str:
    if call["axis"] is None:
        return f"@0.flatten().repeat_interleave({call['repeats']})"
    return f"@0.repeat_interleave({call['repeats']}, {call['axis']})"


@emits("tile")
def tile(call: Call) -> str:
    reps = (call["reps"],) if isinstance(call["reps"], int) else tuple(call["reps"])
    return f"@0.tile({literal(reps)})" if reps else "@0"


@emits("reverse")
def reverse(call: Call) -> str:
    return f"@0.flip({literal(call['axis'])})"


def _from_to(begin: Any, end: Any, step: Any = None) -> str:
    text = f"{'' if begin is None else begin}:{'' if end is None else end}"
    return text if step in (None, 1) else f"{text}:{step}"


@emits("slice")
def slice_(call: Call) -> str:
    begin, end, step = (
        tuple(v) if isinstance(v, (tuple, list)) else (v,)
        for v in (call["begin"], call["end"], call["step"] or ())
    )
    steps = step or (None,) * len(begin)
    if any(each is not None and each < 0 for each in steps):
        raise Unwritten("it goes backwards, which PyTorch's slices do not")
    parts = [_from_to(*each) for each in zip(begin, end, steps, strict=True)]
    while parts and parts[-1] == ":":
        parts.pop()
    return f"@0[{', '.join(parts)}]" if parts else "@0"


@emits("slice_axis")
def slice_axis(call: Call) -> str:
    axis, part = call["axis"], _from_to(call["begin"] or None, call["end"])
    if part == ":":
        return "@0"
    places = [":"] * axis + [part] if axis >= 0 else ["...", part, *[":"] * (-1 - axis)]
    return f"@0[{', '.join(places)}]"


@emits("slice_like")
def slice_like(call: Call) -> str:
    axes = call["axes"]
    chosen = range(call.known_rank()) if axes in (None, ()) else axes
    if any(axis < 0 for axis in chosen):
        chosen = [axis % call.known_rank() for axis in chosen]
    parts = [f": @1.shape[{axis}]" if axis in chosen else ":" for axis in range(max(chosen) + 1)]
    return f"@0[{', '.join(parts)}]"


# ---------------------------------------------------------------------- picking elements


def _index(place: int, mode: str, length: str) -> str:
    if mode == "clip":
        return f"@{place}.long().clamp(0, {length} - 1)"
    return f"@{place}.long() % {length}" if mode == "wrap" else f"@{place}.long()"


@emits("take")
def take(call: Call) -> str:
    axis = call["axis"]
    if axis < 0:
        axis %= call.known_rank()
    shape = call.values[0].shape
    count = f"@0.shape[{axis}]"
    index = _index(1, call["mode"], count)
    if shape is not None:
        index = index.replace(f"{count} - 1", str(shape[axis] - 1)).replace(count, str(shape[axis]))
    return f"@0[{', '.join([*[':'] * axis, index])}]"


@emits("pick")
def pick(call: Call) -> str:
    more = ", keepdims=True" if call["keepdims"] else ""
    more += ", wrap=True" if call["mode"] == "wrap" else ""
    alone = ".reshape(1)" if call.rank() == 1 and not call["keepdims"] else ""
    return f"pick(@0, @1, {call['axis']}{more}){alone}"


@emits("batch_take")
def batch_take(call: Call) -> str:
    return "pick(@0, @1)"


@emits("one_hot")
def one_hot(call: Call) -> str:
    more = [str(call["depth"])]
    if call["on_value"] != 1 or call["off_value"] != 0:
        more += [f"on={literal(call['on_value'])}", f"off={literal(call['off_value'])}"]
    if call["dtype"] != "float32":
        more.append(f"dtype={dtype_text(call['dtype'])}")
    return f"one_hot(@0, {', '.join(more)})"


@emits("where")
def where(call: Call) -> str:
    ranks = call.rank(0), call.rank(1)
    if ranks[0] == 1 and ranks[1] not in (None, 1):
        return f"torch.where(@0.reshape(-1{', 1' * (call.known_rank(1) - 1)}) != 0, @1, @2)"
    return "torch.where(@0 != 0, @1, @2)"


@emits("gather_nd")
def gather_nd(call: Call) -> str:
    return "@0[tuple(@1.long())]"


@emits("_contrib_boolean_mask")
def boolean_mask(call: Call) -> str:
    axis = call["axis"] % call.known_rank() if call["axis"] < 0 else call["axis"]
    return f"@0[{', '.join([*[':'] * axis, '@1 != 0'])}]"


@emits("_contrib_index_copy")
def index_copy(call: Call) -> str:
    return "@0.index_copy(0, @1.long(), @2)"


# ---------------------------------------------------------------------- sequences


@emits("SequenceMask")
def sequence_mask(call: Call) -> str:
    if not call["use_sequence_length"]:
        return "@0"
    more = f", {literal(call['value'])}" if call["value"] or call["axis"] else ""
    more += f", axis={call['axis']}" if call["axis"] else ""
    return f"sequence_mask(@0, @1{more})"


@emits("SequenceLast")
def sequence_last(call: Call) -> str:
    axis = call["axis"]
    if not call["use_sequence_length"]:
        return f"@0.select({axis}, -1)"
    return f"sequence_last(@0, @1{f', {axis}' if axis else ''})"


@emits("SequenceReverse")
def sequence_reverse(call: Call) -> str:
    return "sequence_reverse(@0, @1)" if call["use_sequence_length"] else f"@0.flip({call['axis']})"
