"""The commands and their options. What a command does is imported when it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from glueball import settings as values
from glueball.settings import DATASETS, MODELS, OPTIMIZERS, BadValueError, Settings

_DEFAULT = Settings()

app = typer.Typer(
    name="glueball",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="MXNet's NDArray, autograd and Gluon on PyTorch, from the command line.",
    epilog="Start with: [bold]glueball train[/bold]",
)


def invoke(arguments: list[str]) -> int:
    """Run the command line and return its exit code; bad values give one line that says which, and 2."""
    try:
        code = app(arguments, prog_name="glueball", standalone_mode=False)
    except (BadValueError, values.NotPossibleError) as error:
        print(f"glueball {' '.join(arguments[:1])}: {error}", file=sys.stderr)
        return error.exit_code
    except typer.Exit as error:
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        # Usage errors of typer; which class they are has changed between its versions.
        if not hasattr(error, "format_message"):
            raise
        return _explain(error)
    return code if isinstance(code, int) else 0


def _explain(error: Any) -> int:
    text = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "glueball")
    if text:  # without one, typer has shown the help
        text = text.removeprefix("Invalid value for ").replace("': ", " ", 1).removeprefix("'").rstrip(".")
        print(f"{command}: {text} (see {command} --help)", file=sys.stderr)
    return 2


def _checked(check: Callable[..., Any], *arguments: Any) -> Callable[[str], Any]:
    """Make a check of ``glueball.settings`` a parser of an option."""

    def parse(text: str) -> Any:
        try:
            return check(text, *arguments)
        except BadValueError as error:
            raise typer.BadParameter(str(error)) from None

    return parse


def _option(check: Callable[..., Any], metavar: str, help: str, panel: str, *known: str, **more: Any) -> Any:
    """Make an option whose value ``check`` reads; ``known`` are the values to choose from, if it has such."""
    check_and_known = (check, known) if known else (check,)
    return typer.Option(
        parser=_checked(*check_and_known), metavar=metavar, help=help, rich_help_panel=panel, **more
    )


_MODEL, _TRAINING, _RUN = "Model", "Training", "The run"
_LEARNING_RATES = ", ".join(f"{name} {rate:g}" for name, (rate, _) in OPTIMIZERS.items())


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version.")] = False,
) -> None:
    if version:
        from glueball import __version__

        print(f"glueball {__version__}")
        raise typer.Exit


@app.command(
    help="Train a classifier of images and leave its weights, curves and a report.\n\n"
    "Without options: the 784-256-10 perceptron on Fashion-MNIST. "
    "Ctrl-C saves a checkpoint, and --resume goes on from it as if nothing had happened."
)
def train(
    context: typer.Context,
    model: Annotated[
        str, _option(values.one_of, "NAME", f"One of {', '.join(MODELS)}.", _MODEL, *MODELS)
    ] = _DEFAULT.model,
    hidden: Annotated[
        Any, _option(values.layer_sizes, "SIZES", "Hidden layers of mlp, such as 256 or 256,128.", _MODEL)
    ] = "256",
    dropout: Annotated[
        float, _option(values.probability, "P", "Dropout after each hidden layer.", _MODEL)
    ] = _DEFAULT.dropout,
    dataset: Annotated[
        str | None,
        _option(
            values.one_of,
            "NAME",
            f"One of {', '.join(DATASETS)}.",
            _TRAINING,
            *DATASETS,
            show_default="fashion-mnist; digits where that is not to be had",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        _option(values.positive_int, "N", "Passes over the data.", _TRAINING, show_default="10; digits 30"),
    ] = None,
    batch_size: Annotated[
        int | None,
        _option(values.positive_int, "N", "Examples a step.", _TRAINING, show_default="256; digits 32"),
    ] = None,
    optimizer: Annotated[
        str, _option(values.one_of, "NAME", f"One of {', '.join(OPTIMIZERS)}.", _TRAINING, *OPTIMIZERS)
    ] = _DEFAULT.optimizer,
    lr: Annotated[
        float | None,
        _option(values.positive_float, "RATE", "Learning rate.", _TRAINING, show_default=_LEARNING_RATES),
    ] = None,
    wd: Annotated[
        float, _option(values.non_negative_float, "FACTOR", "Weight decay, biases left out.", _TRAINING)
    ] = _DEFAULT.wd,
    seed: Annotated[
        int, _option(values.whole_number, "N", "Seed of weights, batches and dropout.", _TRAINING)
    ] = _DEFAULT.seed,
    device: Annotated[
        str, _option(values.device_name, "NAME", "Where to compute: auto, cpu, gpu or gpu:N.", _RUN)
    ] = _DEFAULT.device,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where results go.",
            rich_help_panel=_RUN,
            show_default="runs/DATASET-MODEL",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the run that --out holds.", rich_help_panel=_RUN)
    ] = False,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Go on with an interrupted run and its settings; only --epochs and --device may change.",
            rich_help_panel=_RUN,
        ),
    ] = None,
) -> None:
    settings = Settings(
        model=model,
        dataset=dataset or _DEFAULT.dataset,
        hidden=hidden,
        epochs=epochs,
        batch_size=batch_size,
        lr=lr,
        optimizer=optimizer,
        dropout=dropout,
        wd=wd,
        seed=seed,
        device=device,
    )
    if resume is not None:
        _refuse_beside_resume(context)
    from glueball.training import resume_run, start_run

    if resume is not None:
        raise typer.Exit(
            resume_run(resume, epochs=epochs, device=device if _given(context, "device") else None)
        )
    raise typer.Exit(start_run(settings, out=out, overwrite=overwrite, may_fall_back=dataset is None))


def _given(context: typer.Context, name: str) -> bool:
    """Whether the command line says it, as against a default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _refuse_beside_resume(context: typer.Context) -> None:
    """Raise `BadValueError` for an option that a resumed run could only ignore."""
    for name in context.params:
        if name not in ("resume", "epochs", "device") and _given(context, name):
            raise BadValueError(
                "--resume goes on with the settings of the run, of which only --epochs and --device may change; "
                f"leave out --{name.replace('_', '-')}"
            )


@app.command()
def predict(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a trained run.")],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="PNG, JPEG, ... one object each.")],
    top: Annotated[int, _option(values.positive_int, "N", "Classes to show for an image.", "Options")] = 3,
) -> None:
    """Name what pictures show, with probabilities, by a trained run."""
    from glueball.prediction import predict_images

    raise typer.Exit(predict_images(run, images, top=top))


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    help="Run an old program with the names that other libraries have removed put back.\n\n"
    "np.bool and its like, base classes of collections, PIL.Image.ANTIALIAS, set_matplotlib_formats, "
    "time.clock and others, in this process alone. Says on stderr which were needed, where, "
    "and what to write instead. "
    "A notebook runs cell by cell in its folder.",
)
def run(
    program: Annotated[str, typer.Argument(metavar="SCRIPT_OR_NOTEBOOK", help="A .py or .ipynb file.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="ARGS", help="The program's own.")] = None,
) -> None:
    from glueball.legacy.runner import run_program

    run_program(program, arguments or [])


@app.command()
def inspect(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Parameters, a graph, states, images, records.")
    ],
    every: Annotated[bool, typer.Option("--all", help="Every array, or every node of a graph.")] = False,
) -> None:
    """Show what is in a file without loading it: names, shapes, types, sizes, operators."""
    from glueball.inspection import inspect_file

    raise typer.Exit(inspect_file(file, every))


_FORMS = ("torch", "onnx", "safetensors", "params", "npz")


@app.command(
    help="Write a network as PyTorch source or as an ONNX file, or arrays in another format.\n\n"
    "What is written is run beside the original on random input first: a file that computes something else "
    "does not appear. For arrays alone, give the file of arrays alone."
)
def convert(
    source: Annotated[Path, typer.Argument(metavar="SYMBOL_JSON", help="The graph, or a file of arrays.")],
    params: Annotated[
        Path | None, typer.Argument(metavar="PARAMS", help="Its .params, .safetensors or .npz.")
    ] = None,
    to: Annotated[
        str, _option(values.one_of, "FORM", f"One of {', '.join(_FORMS)}.", "Options", *_FORMS)
    ] = ...,  # type: ignore[assignment]
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The file to write.", show_default="beside the source"),
    ] = None,
    shapes: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="NAME=SHAPE", help="Shape of an input: data=1,3,224,224."),
    ] = None,
    weights: Annotated[
        str | None,
        _option(
            values.one_of,
            "FORM",
            "Of the weights beside PyTorch source: pt or safetensors.",
            "Options",
            "pt",
            "safetensors",
            show_default="pt",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
) -> None:
    from glueball.conversion import convert_file

    raise typer.Exit(
        convert_file(
            source, params, to=to, out=out, inputs=shapes or (), weights=weights, overwrite=overwrite
        )
    )


@app.command()
def check(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A program, a notebook, or a folder of them.")],
    every: Annotated[bool, typer.Option("--all", help="Also what works.")] = False,
) -> None:
    """Say, with file and line, which uses of MXNet work here, which differ and which are missing."""
    from glueball.check import check_path

    raise typer.Exit(check_path(path, every))


@app.command()
def doctor() -> None:
    """Show versions, devices, threads, cached data sets, and what is in the way."""
    from glueball.doctor import examine

    raise typer.Exit(examine())
