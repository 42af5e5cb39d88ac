"""Texts as numbers of characters, and batches of them for recurrent networks."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mxnet import nd
from mxnet.base import message

from .files import find, place_of, shipped_text

if TYPE_CHECKING:
    from mxnet.context import Context
    from mxnet.ndarray import NDArray

    Corpus = tuple[list[int], dict[str, int], list[str], int]

__all__ = ["data_iter_consecutive", "data_iter_random", "load_data_jay_lyrics", "load_data_time_machine"]

LYRICS = "jaychou_lyrics.txt"
_LONGEST = 10_000


def load_data_jay_lyrics() -> Corpus:
    """Return 10,000 characters of Chinese text as numbers: ``(corpus_indices, char_to_idx, idx_to_char, vocab_size)``.

    The text is that of ``jaychou_lyrics.txt.zip`` (or ``jaychou_lyrics.txt``) where it lies in ``../data`` or in
    ``datasets`` under ``MXNET_HOME``. Those lyrics are not free to pass on, so they are no part of this package: where
    they are not there, it is the beginning of 道德经, about 2900 characters, and a line says so.

    Raises
    ------
    OSError : the file is no archive with ``jaychou_lyrics.txt`` in it.

    Differs from the book's: characters are numbered in their own order, so that a saved model fits the next run, too.
    """
    if path := find(f"{LYRICS}.zip"):
        return _as_numbers(_from_archive(path))
    if path := find(LYRICS):
        return _as_numbers(_read(path))
    print(f"{place_of(f'{LYRICS}.zip')} is not there: the text is the beginning of 道德经 instead")
    return _as_numbers(shipped_text("dao_de_jing.txt"))


def load_data_time_machine() -> Corpus:
    """Return 10,000 characters of English text as numbers: ``(corpus_indices, char_to_idx, idx_to_char, vocab_size)``.

    They are the beginning of *The Time Machine* by H. G. Wells, in small letters: from ``timemachine.txt`` where that
    lies in ``../data`` or in ``datasets`` under ``MXNET_HOME``, else from this package.

    >>> corpus_indices, char_to_idx, idx_to_char, vocab_size = load_data_time_machine()
    >>> "".join(idx_to_char[i] for i in corpus_indices[:18])
    'the time traveller'
    """
    path = find("timemachine.txt")
    return _as_numbers((_read(path) if path else shipped_text("time_machine.txt")).lower())


def data_iter_random(
    corpus_indices: Sequence[int], batch_size: int, num_steps: int, ctx: Context | None = None
) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield batches of pieces of the text, ``num_steps`` characters each, in random order.

    The second array is the first one character later: what a model is to predict. The order follows Python's
    ``random``.

    Shapes: both ``(batch_size, num_steps)``.

    >>> random.seed(0)
    >>> for X, Y in data_iter_random(range(13), batch_size=2, num_steps=3):
    ...     print(X.asnumpy().tolist(), Y.asnumpy().tolist())
    [[6.0, 7.0, 8.0], [0.0, 1.0, 2.0]] [[7.0, 8.0, 9.0], [1.0, 2.0, 3.0]]
    [[3.0, 4.0, 5.0], [9.0, 10.0, 11.0]] [[4.0, 5.0, 6.0], [10.0, 11.0, 12.0]]
    """
    _check("data_iter_random", batch_size, num_steps)
    count = (len(corpus_indices) - 1) // num_steps  # the last character has none behind it
    if count < 1:
        return
    pieces = nd.array(corpus_indices[: count * num_steps], ctx=ctx).reshape((count, num_steps))
    answers = nd.array(corpus_indices[1 : count * num_steps + 1], ctx=ctx).reshape((count, num_steps))
    order = list(range(count))
    random.shuffle(order)
    for start in range(0, count - batch_size + 1, batch_size):
        chosen = nd.array(order[start : start + batch_size], ctx=ctx, dtype="int64")
        yield pieces.take(chosen), answers.take(chosen)


def data_iter_consecutive(
    corpus_indices: Sequence[int], batch_size: int, num_steps: int, ctx: Context | None = None
) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield batches of pieces of the text such that each row goes on where it ended in the batch before.

    The text is cut into ``batch_size`` long strips, and a batch is ``num_steps`` characters of each. So the state that
    a network has behind one batch fits the next. The second array is the first one character later.

    Shapes: both ``(batch_size, num_steps)``.

    >>> for X, Y in data_iter_consecutive(range(14), batch_size=2, num_steps=3):
    ...     print(X.asnumpy().tolist(), Y.asnumpy().tolist())
    [[0.0, 1.0, 2.0], [7.0, 8.0, 9.0]] [[1.0, 2.0, 3.0], [8.0, 9.0, 10.0]]
    [[3.0, 4.0, 5.0], [10.0, 11.0, 12.0]] [[4.0, 5.0, 6.0], [11.0, 12.0, 13.0]]
    """
    _check("data_iter_consecutive", batch_size, num_steps)
    length = len(corpus_indices) // batch_size
    if length < 2:
        return
    strips = nd.array(corpus_indices[: batch_size * length], ctx=ctx).reshape((batch_size, length))
    for start in range(0, length - num_steps, num_steps):
        yield strips[:, start : start + num_steps], strips[:, start + 1 : start + num_steps + 1]


def _check(caller: str, batch_size: int, num_steps: int) -> None:
    if batch_size < 1 or num_steps < 1:
        raise ValueError(
            message(
                f"{caller}: there is nothing in a batch",
                received=f"batch_size={batch_size}, num_steps={num_steps}",
                because="both are 1 or more",
            )
        )


def _as_numbers(text: str) -> Corpus:
    characters = text.translate({ord("\n"): " ", ord("\r"): " "})[:_LONGEST]
    idx_to_char = sorted(set(characters))
    char_to_idx = {char: index for index, char in enumerate(idx_to_char)}
    return [char_to_idx[char] for char in characters], char_to_idx, idx_to_char, len(idx_to_char)


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _from_archive(path: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(LYRICS).decode("utf-8")
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
        raise OSError(
            message(
                f"load_data_jay_lyrics: cannot read {path}",
                because=str(error).strip("'\""),
                hint=f"the book's archive, which has {LYRICS} in it; without it another text is used",
            )
        ) from None
