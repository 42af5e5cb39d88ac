"""Loops and branches: the graphs inside calls, letter by letter."""

from __future__ import annotations

from typing import Any

from .describe import graph


def running_sum(mx: Any) -> Any:
    return mx.sym.contrib.foreach(lambda x, s: (x + s, x + s), mx.sym.var("x"), mx.sym.var("s"))


def states_as_outputs(mx: Any) -> Any:
    return mx.sym.contrib.foreach(lambda x, s: ([x, s[0]], [s[1], s[0] + x]), mx.sym.var("x"), _two(mx))


def _two(mx: Any) -> Any:
    return [mx.sym.var("s"), mx.sym.zeros((3,))]


def captured(mx: Any) -> Any:
    w = mx.sym.var("w")
    parts = mx.sym.split(w, num_outputs=2)

    def body(x: Any, s: Any) -> Any:
        y = mx.sym.FullyConnected(x[0] * parts[1], num_hidden=3, name="fc") + parts[0] + w
        return y + x[1] + parts[1], s + y

    return mx.sym.contrib.foreach(body, [mx.sym.relu(w), mx.sym.var("y")], mx.sym.var("s"))


def no_states(mx: Any) -> Any:
    return mx.sym.contrib.foreach(lambda x, s: (x + 1, []), mx.sym.var("x"), [])


def no_outputs(mx: Any) -> Any:
    return mx.sym.contrib.foreach(lambda x, s: ([], s + x), mx.sym.var("x"), mx.sym.var("s"))


def nested_lists(mx: Any) -> Any:
    def body(x: Any, s: Any) -> Any:
        return [x, [x + 1, x + 2]], [s[0] + x, [s[1][0]]]

    return mx.sym.contrib.foreach(body, mx.sym.var("x"), [mx.sym.var("s"), [mx.sym.var("t")]])


def loop_in_loop(mx: Any) -> Any:
    w = mx.sym.var("w")

    def inner(x: Any, s: Any) -> Any:
        y = mx.sym.FullyConnected(x, num_hidden=3, name="fc") * w
        return y + s, y + s

    def outer(x: Any, s: Any) -> Any:
        return mx.sym.contrib.foreach(inner, x, s)

    return mx.sym.contrib.foreach(outer, mx.sym.var("x"), mx.sym.var("s"), name="walk")


def one_after_the_other(mx: Any) -> Any:
    first, state = running_sum(mx)
    return mx.sym.contrib.foreach(lambda x, s: (mx.sym.relu(x) + s, s), first, state)


def counting(mx: Any) -> Any:
    i, s = mx.sym.var("i"), mx.sym.var("s")
    return mx.sym.contrib.while_loop(
        lambda i, s: i <= 5, lambda i, s: ([i + s, i], (i + 1, s + i)), (i, s), max_iterations=10
    )


def while_captured(mx: Any) -> Any:
    w, c = mx.sym.var("w"), mx.sym.relu(mx.sym.var("c"))
    return mx.sym.contrib.while_loop(
        lambda i, s: i <= c * w,
        lambda i, s: (s * w, [i + 1, s + c]),
        [mx.sym.var("i"), mx.sym.exp(w)],
        max_iterations=4,
        name="climb",
    )


def while_without_outputs(mx: Any) -> Any:
    return mx.sym.contrib.while_loop(lambda i: i, lambda i: (None, i - 1), mx.sym.var("i"), max_iterations=3)


def while_of_its_start(mx: Any) -> Any:
    i = mx.sym.var("i")
    return mx.sym.contrib.while_loop(lambda j: j < i, lambda j: (j + i, j + 1), i, max_iterations=9)


def choice(mx: Any) -> Any:
    p, a, b = mx.sym.var("p"), mx.sym.relu(mx.sym.var("a")), mx.sym.var("b")
    return mx.sym.contrib.cond(p, lambda: [a + b, a], lambda: [b * 2, a + 1])


def choice_by_comparison(mx: Any) -> Any:
    a, b = mx.sym.var("a"), mx.sym.var("b")
    return mx.sym.contrib.cond(a.sum() > b.sum(), lambda: [a, [b]], lambda: [b, [a]], name="pick")


def choice_in_a_choice(mx: Any) -> Any:
    p, a, b = mx.sym.var("p"), mx.sym.var("a"), mx.sym.var("b")
    inner = lambda: mx.sym.contrib.cond(a, lambda: a + b, lambda: a - b)  # noqa: E731
    return mx.sym.contrib.cond(p, inner, lambda: b)


def everything(mx: Any) -> Any:
    i, w = mx.sym.var("i"), mx.sym.var("w")

    def step(i: Any, s: Any) -> Any:
        outputs, last = mx.sym.contrib.foreach(lambda x, t: (x + t + w, t + x), s, i)
        return outputs, (i + last, outputs)

    def goes_on(i: Any, s: Any) -> Any:
        return mx.sym.contrib.cond(i.sum() < 3, lambda: i.sum() < 5, lambda: s.sum() < 9)

    return mx.sym.contrib.while_loop(goes_on, step, (i, mx.sym.var("s")), max_iterations=4)


def scoped(mx: Any) -> Any:
    with mx.AttrScope(__stage__="2"), mx.name.Prefix("net_"):
        return running_sum(mx)


_ALL = (
    running_sum,
    states_as_outputs,
    captured,
    no_states,
    no_outputs,
    nested_lists,
    loop_in_loop,
    one_after_the_other,
    counting,
    while_captured,
    while_without_outputs,
    while_of_its_start,
    choice,
    choice_by_comparison,
    choice_in_a_choice,
    everything,
    scoped,
)

SCENARIOS = [graph(build.__name__, build) for build in _ALL]
