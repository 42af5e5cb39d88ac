"""Texts to train language models on, which are fetched when they are first used."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np

from .... import ndarray as nd
from ...._surface import module_getattr as _module_getattr
from ....base import OptionError, message, nearest
from ....files import FormatError
from ..._download import in_data_dir
from ...data.dataset import _DownloadedDataset
from ...data.fetched import Archive, Member

__all__ = ["WikiText2", "WikiText103"]

__getattr__ = _module_getattr(__name__)

EOS = "<eos>"
_SERVERS = ("https://wikitext.smerity.com", "https://s3.amazonaws.com/research.metamind.io/wikitext")


def _archive(name: str, train: str, validation: str, test: str) -> Archive:
    members = (
        Member("wiki.train.tokens", train),
        Member("wiki.valid.tokens", validation),
        Member("wiki.test.tokens", test),
    )
    return Archive(name, f"{name}-v1.zip", _SERVERS, name, members)


class _WikiText(_DownloadedDataset):
    _archive: Archive
    _segments = ("train", "validation", "test")

    def __init__(self, root: str, segment: str, vocab: Any, seq_len: int) -> None:
        kind = type(self).__name__
        if segment not in self._segments:
            raise OptionError(
                f"{kind}: there is no such segment",
                received=f"segment={segment!r}",
                because="there are " + ", ".join(map(repr, self._segments)),
                hint=nearest(segment, self._segments),
            )
        if seq_len < 1:
            raise ValueError(message(f"{kind}: seq_len={seq_len}", because="a sample has at least one token"))
        if vocab is not None and not hasattr(vocab, "to_indices"):
            raise TypeError(
                message(
                    f"{kind}: this is no vocabulary",
                    received=f"vocab={vocab!r:.80}",
                    because="it has no method to_indices(tokens)",
                    hint="the vocabulary of the training segment, dataset.vocabulary; or None to make one",
                )
            )
        self._segment = segment
        self._seq_len = seq_len
        self._vocab = vocab
        super().__init__(in_data_dir(root), None)

    @property
    def vocabulary(self) -> Any:
        """From tokens to numbers and back: the one that was given, or that of this text."""
        return self._vocab

    @property
    def frequencies(self) -> Counter[str]:
        """How often each token occurs in this text; ends of lines are not counted."""
        return self._counter

    def _get_data(self) -> None:
        member = self._archive.members[self._segments.index(self._segment)]
        (content,) = self._archive.load((member,), self._root)
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise FormatError(
                f"{type(self).__name__}: the file {member.name} is no text",
                received=f"{member.name} in {self._root}, at byte {error.start}",
                because=str(error),
                hint=f"the files of {self._archive.name}",
            ) from error
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._counter = Counter(chain.from_iterable(map(_words, text.split("\n"))))
        if self._vocab is None:
            from ....contrib.text.vocab import Vocabulary

            self._vocab = Vocabulary(self._counter, reserved_tokens=[EOS])
        numbers = self._numbers(text)
        samples = max(0, len(numbers) - 1) // self._seq_len
        used = samples * self._seq_len
        shape = (samples, self._seq_len)
        self._data = nd.from_numpy(numbers[:used].reshape(shape).copy(), zero_copy=True)
        self._label = nd.from_numpy(numbers[1 : used + 1].reshape(shape).copy(), zero_copy=True)

    def _numbers(self, text: str) -> np.ndarray[Any, Any]:
        """The numbers of all tokens; a line at a time, since the tokens of a long text fill the memory as strings."""
        to_indices = self._vocab.to_indices
        lines = (line.split() for line in text.splitlines())
        numbers = (to_indices([*line, EOS]) for line in lines if line)
        return np.fromiter(chain.from_iterable(numbers), np.int32)


class WikiText2(_WikiText):
    """Good and featured articles of Wikipedia, 2 million words, as sequences to learn the next word from.

    A sample is ``(data, label)``: two `NDArray` (seq_len,) of int32, the numbers of ``seq_len`` tokens, and those of
    the tokens that follow each of them. The tokens are the words of the text, and ``<eos>`` at the end of each line;
    what is left at the end and does not fill a sample is dropped.

    Parameters
    ----------
    root : folder of the files, fetched if they are missing. The default follows ``MXNET_HOME``.
    segment : ``'train'``, ``'validation'`` or ``'test'``.
    vocab : from tokens to numbers; an unknown token becomes 0. None makes one of the words of this segment.
    seq_len : tokens of a sample.

    Raises
    ------
    KeyError : another ``segment``; an `MXNetError` as well.
    DownloadError : the files are missing and cannot be fetched; says which to put where by hand.
    MXNetError : they are damaged, and cannot be fetched again.

    Take the vocabulary of the training text for the other two, so that the same number means the same word::

        train = WikiText2(segment="train")
        test = WikiText2(segment="test", vocab=train.vocabulary)

    ``MXNET_VERIFY_DATASETS=0`` accepts any text, ``MXNET_GLUON_REPO`` names another server to fetch from.

    Source: Merity, Xiong, Bradbury, Socher, "Pointer Sentinel Mixture Models", arXiv:1609.07843.
    """

    _archive = _archive(
        "wikitext-2",
        train="863f29c46ef9d167fff4940ec821195882fe29d1",
        validation="0418625c8b4da6e4b5c7a0b9e78d4ae8f7ee5422",
        test="c7b8ce0aa086fb34dab808c5c49224211eb2b172",
    )

    def __init__(
        self,
        root: str = os.path.join("~", ".mxnet", "datasets", "wikitext-2"),
        segment: str = "train",
        vocab: Any = None,
        seq_len: int = 35,
    ) -> None:
        super().__init__(root, segment, vocab, seq_len)


class WikiText103(_WikiText):
    """Good and featured articles of Wikipedia, 103 million words, in the form of `WikiText2`.

    Parameters
    ----------
    root : folder of the files, fetched if they are missing. The default follows ``MXNET_HOME``.
    segment : ``'train'``, ``'validation'`` or ``'test'``.
    vocab : from tokens to numbers; an unknown token becomes 0. None makes one of the words of this segment.
    seq_len : tokens of a sample.

    Raises what `WikiText2` raises.

    Source: Merity, Xiong, Bradbury, Socher, "Pointer Sentinel Mixture Models", arXiv:1609.07843.
    """

    _archive = _archive(
        "wikitext-103",
        train="b7497e2dfe77e72cfef5e3dbc61b7b53712ac211",
        validation="c326ac59dc587676d58c422eb8a03e119582f92b",
        test="8a5befc548865cec54ed4273cf87dbbad60d1e47",
    )

    def __init__(
        self,
        root: str = os.path.join("~", ".mxnet", "datasets", "wikitext-103"),
        segment: str = "train",
        vocab: Any = None,
        seq_len: int = 35,
    ) -> None:
        super().__init__(root, segment, vocab, seq_len)


def _words(line: str) -> Iterator[str]:
    return (word for word in line.split(" ") if word)
