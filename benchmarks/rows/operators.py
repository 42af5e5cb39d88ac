"""One call of one operator on arrays so small that only the call's own cost counts.

MXNet's calls return before the work is done; each loop ends when the last result is there.
"""

from harness import Row, Target, repeat

CALLS = 1000

# name: (the call, in MXNet's words; in PyTorch's); a and b are 2x2 arrays of ones, rows is 4x2, bias has 2 elements
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
        target=Target("pytorch", over=1.0),
    )
    for name, (mxnet, pytorch) in CALLED.items()
]
