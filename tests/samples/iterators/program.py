"""What a program with iterators is made of, and how the result is written down."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import numpy as np

PROGRAMS = {}
ROWS = np.arange(10, dtype=np.float32).reshape(10, 1)
LABELS = np.arange(10) * 10.0


def program(function):
    PROGRAMS[function.__name__] = function
    return function


def grid(**choices):
    """A program for each combination of choices."""

    def enter(function):
        combinations = [{}]
        for name, values in choices.items():
            combinations = [{**each, name: value} for each in combinations for value in values]
        for each in combinations:
            identity = " ".join([function.__name__, *(f"{key}={value}" for key, value in each.items())])
            PROGRAMS[identity] = lambda mx, each=each: function(mx, **each)
        return function

    return enter


def flat(arrays):
    return [np.asarray(array.asnumpy(), np.float64).ravel().tolist() for array in arrays]


def batch(one):
    index = one.index if one.index is None else np.asarray(one.index).tolist()
    return [flat(one.data), flat(one.label), one.pad, index]


def passes(data_iter, count):
    found = []
    for _ in range(count):
        found.append([batch(each) for each in data_iter])
        data_iter.reset()
    return found


def described(data_iter):
    return repr(data_iter.provide_data), repr(data_iter.provide_label), data_iter.batch_size


def error(function):
    try:
        function()
    except Exception as exception:
        known = (
            "MXNetError",
            "KeyError",
            "IndexError",
            "TypeError",
            "AssertionError",
            "StopIteration",
            "ValueError",
        )
        return next(each.__name__ for each in type(exception).__mro__ if each.__name__ in known)
    return "none"


def text(name, content):
    Path(name).write_bytes(content.encode())
    return name


def run(mx, name):
    """The result of a program, as JSON has it."""
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return json.loads(json.dumps(PROGRAMS[name](mx)))
        finally:
            os.chdir(home)
