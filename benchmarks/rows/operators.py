"""One call of one operator on arrays so small that only the call's own cost counts.

MXNet's calls return before the work is done; each loop ends when the last result is there.
"""

from harness import Floor, Row, Target, repeat

CALLS = 1000

# name: (the call, in MXNet's words; in PyTorch's); a and b are 2x2 arrays of ones, rows is 4x2, bias has 2
# elements, pair is 1x2x2, index [3, 0]
CALLED = {
    "add": ("a + b", "a + b"),
    "dot": ("nd.dot(a, b)", "torch.mm(a, b)"),
    "relu": ("nd.relu(a)", "torch.relu(a)"),
    "sum": ("nd.sum(a)", "torch.sum(a)"),
    "reshape": ("a.reshape((4,))", "a.reshape((4,))"),
    "slice": ("rows[1:3]", "rows[1:3]"),
    "fully-connected": (
        "nd.FullyConnected(a, b, bias, num_hidden=2)",
        "torch.nn.functional.linear(a, b, bias)",
    ),
    "exp": ("nd.exp(a)", "torch.exp(a)"),
    "mean": ("nd.mean(a)", "torch.mean(a)"),
    "softmax": ("nd.softmax(a)", "torch.softmax(a, -1)"),
    "multiply-number": ("a * 2", "a * 2"),
    "subtract": ("a - b", "a - b"),
    "maximum": ("nd.maximum(a, b)", "torch.maximum(a, b)"),
    "square": ("nd.square(a)", "torch.square(a)"),
    "sigmoid": ("nd.sigmoid(a)", "torch.sigmoid(a)"),
    "log-softmax": ("nd.log_softmax(a)", "torch.log_softmax(a, -1)"),
    "transpose": ("a.T", "a.t().contiguous()"),
    "concat": ("nd.concat(a, b, dim=0)", "torch.cat([a, b], 0)"),
    "take": ("rows.take(index)", "rows.index_select(0, index)"),
    "batch-dot": ("nd.batch_dot(pair, pair)", "torch.bmm(pair, pair)"),
}


def with_mxnet(statement):
    def program():
        from mxnet import nd

        names = {
            "nd": nd,
            "a": nd.ones((2, 2)),
            "b": nd.ones((2, 2)),
            "rows": nd.ones((4, 2)),
            "bias": nd.ones((2,)),
            "pair": nd.ones((1, 2, 2)),
            "index": nd.array([3, 0], dtype="int32"),
        }
        return repeat(statement, names, CALLS, finish="nd.waitall()")

    return program


def with_pytorch(statement):
    def program():
        import torch

        names = {
            "torch": torch,
            "a": torch.ones(2, 2),
            "b": torch.ones(2, 2),
            "rows": torch.ones(4, 2),
            "bias": torch.ones(2),
            "pair": torch.ones(1, 2, 2),
            "index": torch.tensor([3, 0], dtype=torch.int32),
        }
        return repeat(statement, names, CALLS)

    return program


ROWS = [
    Row(
        name=f"call-{name}",
        measures=f"one call: `{mxnet}` of 2x2 arrays",
        unit="µs",
        per=CALLS,
        programs={
            "glueball": with_mxnet(mxnet),
            "pytorch": with_pytorch(pytorch),
            "mxnet": with_mxnet(mxnet),
        },
        targets=(Target("pytorch", over=1.0),),
        peers={"pytorch": "`a.t().contiguous()`: MXNet's `T` is a copy"} if name == "transpose" else {},
        floor=Floor("PyTorch's call of the same kernel, which Glueball's contains", column="pytorch"),
    )
    for name, (mxnet, pytorch) in CALLED.items()
]
