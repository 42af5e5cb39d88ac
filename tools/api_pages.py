"""The pages of the API reference, one a namespace, from the operator table and the docstrings.

An entry has the call as a user writes it, the other names of the same thing, the docstring, and an example with what
it prints: the docstring's own, which the tests run; or else the smallest call of ``tests/samples``, run here.
``mkdocs_hooks.py`` puts the pages into the documentation; ``python tools/api_pages.py nd`` prints one.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # for the samples of the tests

from tests.samples import FAMILIES, samples  # noqa: E402
from tests.samples.sample import Recipe, Sample  # noqa: E402

import mxnet as mx  # noqa: E402
from mxnet import _surface  # noqa: E402
from mxnet.ops.registry import OPERATORS, Operator  # noqa: E402

# page: (title, the module, as which it is written)
PAGES = {
    "nd": ("mx.nd: operators", "mxnet.ndarray", "nd"),
    "ndarray": ("NDArray", "mxnet.ndarray.ndarray", "NDArray"),
    "nd-random": ("mx.nd.random", "mxnet.ndarray.random", "nd.random"),
    "nd-linalg": ("mx.nd.linalg", "mxnet.ndarray.linalg", "nd.linalg"),
    "nd-contrib": ("mx.nd.contrib", "mxnet.ndarray.contrib", "nd.contrib"),
    "nd-image": ("mx.nd.image", "mxnet.ndarray.image", "nd.image"),
    "random": ("mx.random", "mxnet.random", "mx.random"),
    "context": ("mx.context", "mxnet.context", "mx.context"),
    "autograd": ("mx.autograd", "mxnet.autograd", "autograd"),
    "operator": ("mx.operator", "mxnet.operator", "mx.operator"),
    "symbol": ("mx.sym", "mxnet.symbol", "sym"),
    "executor": ("mx.executor", "mxnet.executor", "mx.executor"),
    "gluon": ("mx.gluon", "mxnet.gluon", "gluon"),
    "gluon-nn": ("gluon.nn", "mxnet.gluon.nn", "nn"),
    "gluon-rnn": ("gluon.rnn", "mxnet.gluon.rnn", "rnn"),
    "gluon-contrib-nn": ("gluon.contrib.nn", "mxnet.gluon.contrib.nn", "gluon.contrib.nn"),
    "gluon-contrib-rnn": ("gluon.contrib.rnn", "mxnet.gluon.contrib.rnn", "gluon.contrib.rnn"),
    "estimator": ("gluon.contrib.estimator", "mxnet.gluon.contrib.estimator", "estimator"),
    "gluon-loss": ("gluon.loss", "mxnet.gluon.loss", "gluon.loss"),
    "gluon-data": ("gluon.data", "mxnet.gluon.data", "gluon.data"),
    "gluon-data-vision": ("gluon.data.vision", "mxnet.gluon.data.vision", "gluon.data.vision"),
    "transforms": ("vision.transforms", "mxnet.gluon.data.vision.transforms", "transforms"),
    "model-zoo": ("gluon.model_zoo.vision", "mxnet.gluon.model_zoo.vision", "vision"),
    "gluon-utils": ("gluon.utils", "mxnet.gluon.utils", "gluon.utils"),
    "init": ("mx.init", "mxnet.initializer", "init"),
    "optimizer": ("mx.optimizer", "mxnet.optimizer", "optimizer"),
    "lr-scheduler": ("mx.lr_scheduler", "mxnet.lr_scheduler", "lr_scheduler"),
    "metric": ("mx.metric", "mxnet.metric", "metric"),
    "io": ("mx.io", "mxnet.io", "mx.io"),
    "recordio": ("mx.recordio", "mxnet.recordio", "mx.recordio"),
    "image": ("mx.image", "mxnet.image", "mx.image"),
    "kvstore": ("mx.kv", "mxnet.kvstore", "mx.kv"),
    "text-vocab": ("contrib.text.vocab", "mxnet.contrib.text.vocab", "text.vocab"),
    "text-embedding": ("contrib.text.embedding", "mxnet.contrib.text.embedding", "text.embedding"),
    "module": ("mx.mod", "mxnet.module", "mx.mod"),
    "callback": ("mx.callback", "mxnet.callback", "mx.callback"),
    "monitor": ("mx.mon", "mxnet.monitor", "mx.mon"),
    "model": ("mx.model", "mxnet.model", "mx.model"),
    "visualization": ("mx.viz", "mxnet.visualization", "mx.viz"),
    "amp": ("contrib.amp", "mxnet.contrib.amp", "mx.contrib.amp"),
    "onnx": ("contrib.onnx", "mxnet.contrib.onnx", "mx.contrib.onnx"),
    "profiler": ("mx.profiler", "mxnet.profiler", "mx.profiler"),
    "runtime": ("mx.runtime", "mxnet.runtime", "mx.runtime"),
    "util": ("mx.util", "mxnet.util", "mx.util"),
    "test-utils": ("mx.test_utils", "mxnet.test_utils", "mx.test_utils"),
    "d2lzh": ("d2lzh", "d2lzh", "d2lzh"),
    "glueball-torch": ("glueball.torch", "glueball.torch", "glueball.torch"),
    "glueball-sklearn": ("glueball.sklearn", "glueball.sklearn", "glueball.sklearn"),
    "glueball-plot": ("glueball.plot", "glueball.plot", "glueball.plot"),
}
EMPTY = inspect.Parameter.empty
LARGEST = 32  # elements of an input that an example still writes out


@dataclass
class Entry:
    """One thing of a namespace, under all its names."""

    thing: Any
    names: list[str] = field(default_factory=list)

    record: Operator | None = None

    @property
    def name(self) -> str:
        """The name it is listed under: the record's own, or the first."""
        own = self.record.name.rpartition(".")[2] if self.record else self.names[0]
        return own if own in self.names else self.names[0]


def page(key: str) -> str:
    """One page in Markdown."""
    title, module, written = PAGES[key]
    here = importlib.import_module(module)
    listed = list(members(here.NDArray) if key == "ndarray" else entries(module, here))
    if key == "symbol":  # its operators are those of mx.nd
        listed = [each for each in listed if not set(each.names) & OPERATORS.keys()]
    lead = code(inspect.cleandoc((here.NDArray if key == "ndarray" else here).__doc__ or "").split("\n\n")[0])
    index = " · ".join(f"[`{each.name}`](#{anchor(written, each.name)})" for each in listed)
    parts = [f"# {title}", lead, index]
    for each in listed:
        parts += list(entry(written, each))
    return "\n\n".join(parts) + "\n"


def entries(module: str, here: Any) -> Iterator[Entry]:
    """What works in a module, each thing once, in alphabetical order."""
    names = _surface.names_of(module)
    prefix = module.removeprefix("mxnet.ndarray").lstrip(".")
    own = {op.removeprefix(f"{prefix}.") for op in OPERATORS if op.rpartition(".")[0] == prefix}
    found: dict[Any, Entry] = {}
    for name in sorted(
        {*names.functions, *names.classes, *getattr(here, "__all__", ()), *own}, key=str.lower
    ):
        thing = getattr(here, name, None)
        if name.startswith("_") or _surface.is_absent(thing) or not callable(thing) or thing is mx.nd.NDArray:
            continue
        record = OPERATORS.get(f"{prefix}.{name}" if prefix else name)
        shared = record if record is not None else thing
        found.setdefault(id(shared), Entry(thing, record=record)).names.append(name)
    return iter(sorted(found.values(), key=lambda each: each.name.lower()))


def members(owner: type) -> Iterator[Entry]:
    """The methods and properties of a class."""
    for name in sorted(set(dir(owner)), key=str.lower):
        thing = inspect.getattr_static(owner, name)
        if not name.startswith("_") and (callable(getattr(owner, name)) or isinstance(thing, property)):
            yield Entry(thing if isinstance(thing, property) else getattr(owner, name), [name])


def entry(written: str, each: Entry) -> Iterator[str]:
    """The parts of one entry."""
    name = each.name
    yield f"### `{written}.{name}` {{: #{anchor(written, name)} }}"
    yield f"```text\n{written}.{name}{signature(each)}\n```"
    others = [f"`{written}.{other}`" for other in each.names if other != name]
    if others:
        yield "Also " + ", ".join(others) + "."
    text, example = parted(inspect.cleandoc(each.thing.__doc__ or ""))
    yield text
    if not example and each.record is not None:  # the operator's, where a function stands before it
        example = parted(each.record.doc)[1]
    example = example or made_example(written, each.names)
    if example:
        yield f"```pycon\n{example}\n```"


def anchor(written: str, name: str) -> str:
    """The entry's address on its page."""
    return f"{written}.{name}".replace(".", "-").lower()


def signature(each: Entry) -> str:
    """The parameters as a user gives them; nothing for a property."""
    record = each.record
    if isinstance(each.thing, property):
        return ""
    if record is not None:
        shown = [str(p.replace(annotation=EMPTY)) for p in record.signature.parameters.values()]
        shown = [text for text in shown if text.partition("=")[0] not in ("generator", "training", "device")]
        shown.append("out=None")
    else:
        try:
            parameters = inspect.signature(each.thing).parameters.values()
        except (TypeError, ValueError):
            return "(...)"
        parameters = [p.replace(annotation=EMPTY) for p in parameters if p.name != "self"]
        shown = [str(p) for p in parameters]
        kinds = [p.kind for p in parameters]
        if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
            shown.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
        shown = [re.sub(r"=<.*>$", "=...", text) for text in shown]
    text = ", ".join(shown)
    return f"({text})" if len(text) <= 88 else "(\n" + "".join(f"    {each},\n" for each in shown) + ")"


def parted(doc: str) -> tuple[str, str]:
    """A docstring as Markdown, and its example."""
    prose, examples = [], []
    for block in doc.split("\n\n"):
        (examples if block.lstrip().startswith(">>>") else prose).append(block)
    example = "\n\n".join(textwrap.dedent(block) for block in examples).replace("<BLANKLINE>", "")
    return "\n\n".join(markdown(block) for block in prose), example


def markdown(block: str) -> str:
    """One paragraph, list or section of a docstring."""
    heading, _, rest = block.partition("\n")
    if re.match(r"-{3,}$", rest.partition("\n")[0]):
        return f"**{heading}**\n\n" + items(rest.partition("\n")[2])
    return code(block)


def items(text: str) -> str:
    """``name : meaning`` lines as a list."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith((" ", "\t")) and lines:
            lines[-1] += " " + line.strip()
        else:
            name, colon, meaning = line.partition(" : ")
            lines.append(f"- `{name.strip('`')}`: {meaning}" if colon else f"- {line}")
    return "\n".join(code(line) for line in lines)


def code(text: str) -> str:
    """Double backticks as single ones, and single ones around what they hold."""
    return re.sub(r"``(.+?)``", r"`\1`", text, flags=re.DOTALL)


# ---------------------------------------------------------------------- examples from the samples


@functools.cache
def by_operator() -> dict[str, list[Sample]]:
    """The samples of each operator, the smallest first."""
    found: dict[str, list[Sample]] = {}
    for family in FAMILIES:
        for each in samples(family):
            found.setdefault(each.operator, []).append(each)
    for each in found.values():
        each.sort(key=weight)
    return found


def weight(sample: Sample) -> tuple[int, int]:
    """Elements to read in all inputs; unusual types and empty arrays come last."""
    recipes = [i for i in sample.inputs if isinstance(i, Recipe)]
    sizes = [int(np.prod(i.shape)) for i in recipes]
    odd = (
        sum(i.dtype != "float32" for i in recipes)
        + 10 * (0 in sizes)
        + 5 * (len(recipes) != len(sample.inputs))
    )
    return 100 * odd + abs(sum(sizes) - 6), len(sample.attributes)


def made_example(written: str, names: Iterable[str]) -> str:
    """The smallest sample of an operator as a session with what it prints."""
    inside = written.removeprefix("nd").lstrip(".")
    for name in names:
        for sample in by_operator().get(f"{inside}.{name}" if inside else name, [])[:8]:
            text = session(f"{written}.{name}", sample)
            if text:
                return text
    return ""


def session(call: str, sample: Sample) -> str:
    """One sample as somebody would type it; empty where its inputs are too many to read."""
    lines, arguments, arrays = [], [], []
    for place, given in enumerate(sample.inputs):
        if not isinstance(given, Recipe):
            return ""
        values = np.round(given.make().astype("float64"), 2)
        if values.size > LARGEST or values.size == 0 or not np.isfinite(values).all():
            return ""
        variable = "abcdefgh"[place] if len(sample.inputs) > 1 else "x"
        kind = "" if given.dtype == "float32" else f", dtype={given.dtype!r}"
        lines.append(f">>> {variable} = nd.array({re.sub(r'[.]0(?![0-9])', '', str(values.tolist()))}{kind})")
        arguments.append(variable)
        arrays.append(mx.nd.array(values, dtype=given.dtype))
    arguments += [f"{key}={value!r}" for key, value in sample.attributes.items()]
    if sample.seed is not None:
        lines.append(f">>> mx.random.seed({sample.seed})")
        mx.random.seed(sample.seed)
    try:
        made = sample.call(mx, arrays)
    except Exception:
        return ""
    lines.append(f">>> {call}({', '.join(arguments)})")
    return "\n".join(lines) + "\n" + "\n".join(line for line in repr(made).splitlines() if line)


if __name__ == "__main__":
    print(page(sys.argv[1]))
