"""Iterators over arrays: `NDArrayIter`, descriptions, batches, iterators around iterators."""

from __future__ import annotations

import numpy as np

from .program import LABELS, ROWS, batch, described, error, flat, grid, passes, program

# ------------------------------------------------------------------------------------------------ NDArrayIter


@grid(handle=("pad", "discard", "roll_over"), size=(1, 3, 4, 5, 7, 10, 11))
def rows(mx, handle, size):
    return passes(mx.io.NDArrayIter(ROWS, LABELS, size, last_batch_handle=handle), 5)


@grid(handle=("pad", "discard", "roll_over"))
def passes_left_early(mx, handle):
    data_iter = mx.io.NDArrayIter(ROWS, batch_size=3, last_batch_handle=handle)
    found = []
    for count in (2, 1, 3, 4, 4, 0, 2, 9):
        seen = [data_iter.cursor]
        for _ in range(count):
            try:
                seen += [batch(next(data_iter)), data_iter.cursor, data_iter.getpad()]
            except StopIteration:
                seen += ["end", data_iter.cursor]
                break
        found.append(seen)
        data_iter.reset()
    data_iter.hard_reset()
    return found, data_iter.cursor, passes(data_iter, 1)


@grid(handle=("pad", "discard", "roll_over"))
def shuffled(mx, handle):
    np.random.seed(3)
    data_iter = mx.io.NDArrayIter(ROWS, LABELS, 4, shuffle=True, last_batch_handle=handle)
    found = []
    for _ in range(5):
        found.append([data_iter.idx.tolist(), flat(array for _, array in data_iter.data + data_iter.label)])
        found += passes(data_iter, 1)
    data_iter.hard_reset()
    return found, data_iter.idx.tolist(), passes(data_iter, 1)


@program
def sources(mx):
    found = []
    for data, label in (
        (ROWS, None),
        (ROWS.astype("int32"), ROWS.astype("float64")),
        (mx.nd.arange(4, dtype="int32"), mx.nd.arange(4, dtype="float64")),
        ([ROWS, LABELS], [LABELS]),
        ({"b": ROWS, "a": LABELS}, {"second": LABELS, "first": ROWS}),
        ({"a": [1, 2]}, None),
        ([[1, 2], [3, 4]], None),
    ):
        data_iter = mx.io.NDArrayIter(data, label, 2, data_name="x", label_name="y", layout="NC")
        one = next(data_iter)
        kinds = [str(np.dtype(array.dtype)) for array in [*one.data, *one.label]]
        found.append(
            [described(data_iter), data_iter.num_data, data_iter.num_source, kinds, batch(one), str(one)]
        )
    return found


@program
def by_hand(mx):
    found = []
    for handle in ("pad", "discard", "roll_over"):
        data_iter = mx.io.NDArrayIter(ROWS, LABELS, 4, last_batch_handle=handle)
        for _ in range(4):
            moved = data_iter.iter_next()
            found.append([moved, data_iter.cursor, data_iter.getpad(), data_iter.getindex()])
            if moved:
                found.append([flat(data_iter.getdata()), flat(data_iter.getlabel())])
    return found


@program
def sources_that_are_none(mx):
    tries = (None, [], "abc", 3.0, (ROWS, LABELS))
    return [error(lambda data=data: mx.io.NDArrayIter(data)) for data in tries]


@program
def a_batch_is_a_copy(mx):
    data = mx.nd.array(ROWS)
    data_iter = mx.io.NDArrayIter(data, batch_size=2)
    data[:] = 7
    one = next(data_iter).data[0]
    one[:] = 9
    return flat([data, next(data_iter).data[0]])


# ------------------------------------------------------------------------------------- descriptions, batches


@program
def descriptions(mx):
    desc = mx.io.DataDesc("data", (2, 3), "float16", "TNC")
    get = mx.io.DataDesc.get_batch_axis
    shapes = [("a", (1, 2)), ("b", (3,))]
    return [
        repr(desc),
        repr(mx.io.DataDesc("data", (2, 3))),
        list(desc),
        desc == ("data", (2, 3)),
        [get(layout) for layout in ("NCHW", "TNC", None, "CHW")],
        repr(mx.io.DataDesc.get_list(shapes, [("a", np.int32), ("b", "float16")])),
        repr(mx.io.DataDesc.get_list(shapes, None)),
        error(lambda: mx.io.DataDesc.get_list(shapes, [("a", "int8")])),
        [each.__name__ for each in mx.io.DataDesc.__mro__],
    ]


@program
def batches(mx):
    one = mx.nd.ones((2, 3))
    return [
        str(mx.io.DataBatch([one], [one], 1, [0], 5)),
        str(mx.io.DataBatch([], [])),
        str(mx.io.DataBatch((one,), ())),
        [str(value) for key, value in vars(mx.io.DataBatch([one])).items() if key != "data"],
        error(lambda: mx.io.DataBatch(one)),
        error(lambda: mx.io.DataBatch([one], one)),
    ]


@program
def an_iterator_of_ones_own(mx):
    class Three(mx.io.DataIter):
        count = 0

        def iter_next(self):
            self.count += 1
            return self.count < 4

        def getdata(self):
            return [mx.nd.ones(2) * self.count]

        def getlabel(self):
            return []

        def getpad(self):
            return 1

        def getindex(self):
            return self.count

    base = mx.io.DataIter(4)
    getters = [
        bool(base.iter_next()),
        base.getdata(),
        base.getlabel(),
        base.getindex(),
        base.getpad(),
        base.reset(),
    ]
    return passes(Three(2), 2), getters, error(base.next)


# --------------------------------------------------------------------------------------------------- wrappers


@grid(size=(0, 2, 4, 6, 9), internal=(True, False))
def resized(mx, size, internal):
    data_iter = mx.io.ResizeIter(mx.io.NDArrayIter(ROWS, LABELS, 3), size, internal)
    return described(data_iter), passes(data_iter, 4)


@program
def prefetched(mx):
    def inner():
        return mx.io.NDArrayIter(ROWS, LABELS, 3)

    one = mx.io.PrefetchingIter(inner())
    two = mx.io.PrefetchingIter([inner(), inner()])
    names = [{"data": "a"}, {"data": "b"}], [{"softmax_label": "c"}, {"softmax_label": "d"}]
    renamed = mx.io.PrefetchingIter([inner(), inner()], *names)
    found = [described(one), passes(one, 3), described(two), passes(two, 2), described(renamed)]
    first = next(renamed)
    found += [
        repr(first.provide_data),
        repr(first.provide_label),
        flat(renamed.getdata()),
        flat(renamed.getlabel()),
    ]
    found += [renamed.getpad(), renamed.getindex()]
    next(one)
    one.reset()
    return found, passes(one, 1)


@program
def prefetched_that_differ(mx):
    pair = [mx.io.NDArrayIter(ROWS, batch_size=3), mx.io.NDArrayIter(ROWS, batch_size=4)]
    return error(lambda: list(mx.io.PrefetchingIter(pair)))
