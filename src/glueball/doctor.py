"""``glueball doctor``: what is installed, what it runs on, what is cached, and what is in the way."""

from __future__ import annotations

import gzip
import importlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import struct
import sys
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from rich.console import Console

REQUIRED = ("torch", "numpy", "safetensors", "tqdm", "typer", "rich", "filelock")


class Optional(NamedTuple):
    """A distribution that some commands and modules need, and the extra of glueball that brings it."""

    distribution: str
    extra: str
    purpose: str
    others: tuple[str, ...] = ()
    """Distributions that do as well."""


OPTIONAL = (
    Optional("matplotlib", "plot", "curves, pictures of networks, reports"),
    Optional("pillow", "plot", "glueball predict"),
    Optional("scikit-learn", "demo", "the handwritten digits, glueball.sklearn"),
    Optional("ipython", "examples", "notebooks"),
    Optional(
        "opencv-python-headless",
        "image",
        "mx.image, pictures in record files",
        ("opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless"),
    ),
    Optional("onnx", "onnx", "mx.onnx, glueball convert --to onnx"),
    Optional("graphviz", "graph", "mx.viz.plot_network"),
    Optional("tensorboard", "tensorboard", "TensorBoardHandler"),
)

# The file names and numbers of examples of both MNIST and Fashion-MNIST.
IDX_FILES = {
    "train-images-idx3-ubyte.gz": (2051, 60_000),
    "train-labels-idx1-ubyte.gz": (2049, 60_000),
    "t10k-images-idx3-ubyte.gz": (2051, 10_000),
    "t10k-labels-idx1-ubyte.gz": (2049, 10_000),
}
IDX_DATASETS = ("fashion-mnist", "mnist")


@dataclass
class Findings:
    """What an examination found: rows by section, and the problems with what to do about each."""

    sections: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, section: str, name: str, text: str) -> None:
        """Add a row."""
        self.sections.setdefault(section, []).append((name, text))


def examine() -> int:
    """Print the findings; return 1 where there is a problem, else 0."""
    findings = Findings()
    for step in (_versions, _conflicts, _devices, _data_sets, _optional):
        step(findings)
    console = Console(highlight=False)
    for section, rows in findings.sections.items():
        console.print(f"[bold]{section}[/bold]")
        width = max(13, *(len(name) for name, _ in rows))
        for name, text in rows:
            console.print(f"  {name:<{width}}  {text}", markup=False, soft_wrap=True)
        console.print()
    if not findings.problems:
        console.print("[bold green]No problem found.[/bold green]")
        return 0
    console.print(f"[bold red]{_count(len(findings.problems), 'problem')}[/bold red]")
    for problem in findings.problems:
        console.print(f"  {problem}", soft_wrap=True, markup=False)
    return 1


def _versions(findings: Findings) -> None:
    section = "Versions"
    glueball = _version("glueball")
    mxnet = importlib.util.find_spec("mxnet")
    origin = Path(mxnet.origin).resolve().parent if mxnet is not None and mxnet.origin else None
    findings.add(section, "glueball", glueball or "imported from a folder, not installed")
    findings.add(section, "import mxnet", str(origin or "finds nothing"))
    findings.add(section, "python", f"{platform.python_version()}, {sys.executable}")
    findings.add(section, "system", f"{platform.system()} {platform.release()}, {platform.machine()}")
    for name in REQUIRED:
        version = _version(name)
        findings.add(section, name, version or "missing")
        if version is None:
            findings.problems.append(f"{name} is missing: pip install {name}")
    if origin is None:
        findings.problems.append(f"`import mxnet` finds nothing: {_installing_again()}")
    elif origin.parent != (here := Path(__file__).resolve().parents[1]):
        findings.problems.append(
            f"`import mxnet` finds {origin}, not the one that belongs to this glueball ({here / 'mxnet'}): "
            "remove the other, or change the order of PYTHONPATH"
        )


def _conflicts(findings: Findings) -> None:
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"] or ""
        if name.lower().split("-")[0] == "mxnet":
            findings.problems.append(
                f"the distribution {name} {distribution.version} is installed beside glueball, and both "
                f"own the folder mxnet/: pip uninstall {name}, then {_installing_again()}"
            )


def _devices(findings: Findings) -> None:
    section = "Devices"
    try:
        import torch
    except Exception as error:  # a broken installation raises anything from ImportError to OSError
        findings.problems.append(f"torch cannot be imported: {' '.join(str(error).split())}")
        return
    variables = [name for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS") if name in os.environ]
    because = f" ({', '.join(f'{name}={os.environ[name]}' for name in variables)})" if variables else ""
    cores, threads = _count(os.cpu_count() or 1, "core"), _count(torch.get_num_threads(), "thread")
    findings.add(section, "cpu", f"{cores}, {threads}{because}")
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        findings.add(
            section, f"gpu({index})", f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB"
        )
    if not torch.cuda.is_available():
        mps = getattr(torch.backends, "mps", None)
        found = "Apple GPU (mps)" if mps is not None and mps.is_available() else "none that PyTorch can use"
        findings.add(section, "gpu", found)


def _data_sets(findings: Findings) -> None:
    home = Path(os.environ.get("MXNET_HOME") or Path.home() / ".mxnet").expanduser()
    section = f"Data sets in {home / 'datasets'}"
    for name in IDX_DATASETS:
        folder = home / "datasets" / name
        files = {file: folder / file for file in IDX_FILES}
        present = [path for path in files.values() if path.is_file()]
        if not present:
            findings.add(section, name, f"not there; glueball train --dataset {name} downloads it")
            continue
        missing = [file for file, path in files.items() if not path.is_file()]
        broken = {path: problem for path in present if (problem := idx_problem(path, *IDX_FILES[path.name]))}
        if missing:
            findings.add(section, name, f"incomplete: {', '.join(missing)} not there")
        elif not broken:
            size = sum(path.stat().st_size for path in present) / 1e6
            findings.add(section, name, f"complete, 60,000 + 10,000 examples, {size:.1f} MB")
        for path, problem in broken.items():
            findings.add(section, name, f"{path.name} is damaged")
            findings.problems.append(f"{path} is damaged ({problem}): delete it, and it is downloaded again")


def idx_problem(path: Path, magic: int, count: int) -> str | None:
    """Return what is wrong with a compressed IDX file (header, count, length, checksum), or None."""
    header_size = 16 if magic == 2051 else 8
    try:
        with gzip.open(path) as stream:
            header = stream.read(header_size)
            if len(header) < header_size:
                return "ends within its header"
            found_magic, found_count, *sides = struct.unpack(f">{header_size // 4}I", header)
            if (found_magic, found_count) != (magic, count):
                return f"header says {found_count} examples of kind {found_magic}, not {count} of {magic}"
            expected = count
            for side in sides:
                expected *= side
            length = 0
            while chunk := stream.read(1 << 20):
                length += len(chunk)
    except (OSError, EOFError, zlib.error) as error:
        return str(error) or type(error).__name__
    return None if length == expected else f"holds {length:,} bytes of data, not {expected:,}"


def _optional(findings: Findings) -> None:
    for each in OPTIONAL:
        found = {name: v for name in (each.distribution, *each.others) if (v := _version(name)) is not None}
        name, version = next(iter(found.items()), (each.distribution, None))
        text = version or f'missing, for {each.purpose}: pip install "glueball[{each.extra}]"'
        findings.add("Optional", name, text)


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _installing_again() -> str:
    """How to install this Glueball once more: from where it came, which pip notes, and from no index but that one."""
    source, option = "glueball", ""
    try:
        noted = importlib.metadata.distribution("glueball").read_text("direct_url.json")
        if noted is not None:
            origin = json.loads(noted)
            source = origin["url"]
            if source.startswith("file:"):
                source = url2pathname(urlsplit(source).path)
            elif "vcs_info" in origin:
                source = f"{origin['vcs_info']['vcs']}+{source}"
            if origin.get("dir_info", {}).get("editable"):
                option = "-e "
    except (importlib.metadata.PackageNotFoundError, ValueError, KeyError):
        pass
    quoted = f'"{source}"' if " " in source else source
    return f"pip install --force-reinstall --no-deps {option}{quoted}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
