"""``report.html``: a training run on one page that needs nothing beside it."""

from __future__ import annotations

import base64
import platform
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import torch

import glueball
from glueball.datasets import Data
from glueball.settings import DATASETS, Settings

_TITLES = {
    "curves.png": ("Learning", "Loss and accuracy after each epoch."),
    "confusion.png": ("Confusion", "Rows are what the pictures show, columns what the model says."),
    "mistakes.png": ("Mistakes", "The wrong answers that the model was surest of."),
}
_STYLE = """
:root { color-scheme: light dark; --ink: #1b2733; --soft: #5c6b7a; --line: #d8dee4; --paper: #ffffff; --tint: #f4f7fa; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9aa7b4; --line: #30363d; --paper: #12171d; --tint: #1a2129; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2.5rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .6rem; }
p { margin: .3rem 0 1rem; } .soft { color: var(--soft); }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.6rem 0 0; }
.figures div { flex: 1 1 9rem; padding: .8rem 1rem; }
.figures div, img, pre { border: 1px solid var(--line); border-radius: .6rem; }
.figures div, pre { background: var(--tint); }
.figures b { display: block; font-size: 1.6rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: right; }
th { color: var(--soft); font-weight: 600; } th:first-child, td:first-child { text-align: left; }
tr.best td { font-weight: 700; background: var(--tint); }
img { display: block; max-width: 100%; background: #fff; padding: .6rem; }
pre { padding: 1rem; overflow-x: auto; font-size: .9rem; }
@media print { body { max-width: none; padding: 0; } section { break-inside: avoid; } }
"""


def page(
    settings: Settings,
    data: Data,
    net: Any,
    history: Sequence[Mapping[str, float]],
    pictures: Mapping[str, bytes],
) -> str:
    """The whole page, as text.

    Parameters
    ----------
    history : one mapping for each epoch, as in ``metrics.jsonl``.
    pictures : file name to PNG; they are embedded.
    """
    title = DATASETS[settings.dataset].title
    last, best = history[-1], max(row["test_accuracy"] for row in history)
    parameters = sum(int(np.prod(p.shape)) for p in net.collect_params().values())
    numbers = {
        "test accuracy": f"{last['test_accuracy']:.2%}",
        "training accuracy": f"{last['train_accuracy']:.2%}",
        "parameters": f"{parameters:,}",
        "training time": f"{sum(row['seconds'] for row in history):.1f} s",
    }
    sections = [_section(*_TITLES[name], _image(name, content)) for name, content in pictures.items()]
    sections.append(_section("Epochs", None, _epochs(history, best)))
    sections.append(_section("Settings", None, _pairs(settings.as_json())))
    sections.append(_section("Use the model", None, _code(settings, data)))
    sections.append(_section("Made with", None, _pairs(_versions())))
    boxes = "".join(
        f"<div><b>{escape(v)}</b><span class=soft>{escape(k)}</span></div>" for k, v in numbers.items()
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(settings.model)} on {escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(settings.model)} on {escape(title)}</h1>"
        f'<p class="soft">{escape(_sentence(settings, data))}</p><div class="figures">{boxes}</div>'
        + "".join(sections)
        + "</body></html>\n"
    )


def _sentence(settings: Settings, data: Data) -> str:
    layers = " - ".join(str(n) for n in (data.pixels[0].size, *settings.hidden, len(data.class_names)))
    return (
        f"Layers {layers}, trained with {settings.optimizer} at {settings.lr:g} on {len(data.train):,} pictures, "
        f"{settings.batch_size} at a time, {settings.epochs} epochs, seed {settings.seed}."
    )


def _section(title: str, text: str | None, body: str) -> str:
    note = f'<p class="soft">{escape(text)}</p>' if text else ""
    return f"<section><h2>{escape(title)}</h2>{note}{body}</section>"


def _image(name: str, content: bytes) -> str:
    alt = escape(_TITLES[name][1], quote=True)
    return f'<img alt="{alt}" src="data:image/png;base64,{base64.b64encode(content).decode()}">'


def _epochs(history: Sequence[Mapping[str, float]], best: float) -> str:
    names = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
    head = "".join(f"<th>{n.replace('_', ' ')}</th>" for n in ("epoch", *names, "seconds"))
    rows = []
    for row in history:
        cells = [str(int(row["epoch"])), *(f"{row[n]:.4f}" for n in names), f"{row['seconds']:.2f}"]
        mark = ' class="best"' if row["test_accuracy"] == best else ""
        rows.append(f"<tr{mark}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _pairs(values: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(str(key))}</td><td>{escape(_shown(value))}</td></tr>"
        for key, value in values.items()
    )
    return f"<table><tbody>{rows}</tbody></table>"


def _shown(value: Any) -> str:
    return ", ".join(str(v) for v in value) or "none" if isinstance(value, (list, tuple)) else str(value)


def _code(settings: Settings, data: Data) -> str:
    layers = [f'nn.Dense({units}, activation="relu")' for units in settings.hidden]
    layers = [part for layer in layers for part in (layer, *(["nn.Dropout(0)"] if settings.dropout else []))]
    layers.append(f"nn.Dense({len(data.class_names)})")
    code = (
        "from mxnet import nd\nfrom mxnet.gluon import nn\n\n"
        f"classes = {list(data.class_names)!r}\n"
        f"net = nn.HybridSequential()\nnet.add({', '.join(layers)})\n"
        'net.load_parameters("model.params")\n\n'
        f"images = nd.zeros((1, 1, {data.image_size[0]}, {data.image_size[1]}))  # from 0 to 1\n"
        "print(classes[int(net(images).argmax(axis=1).asscalar())])\n"
    )
    command = "glueball predict FOLDER IMAGE..."
    return f"<pre>{escape(code)}</pre><p>or, from the command line:</p><pre>{escape(command)}</pre>"


def _versions() -> dict[str, str]:
    return {
        "Glueball": glueball.__version__,
        "PyTorch": str(torch.__version__),
        "NumPy": np.__version__,
        "Python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {torch.get_num_threads()} threads",
    }
