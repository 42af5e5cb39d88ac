"""Reviews of films in the Internet Movie Database: does their author like the film?"""

from __future__ import annotations

import collections
import os
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mxnet import nd
from mxnet.base import message
from mxnet.gluon.utils import download

from .devices import try_gpu
from .files import datasets, place_of, unpack

if TYPE_CHECKING:
    from mxnet.contrib.text.vocab import Vocabulary
    from mxnet.ndarray import NDArray

__all__ = [
    "count_tokens",
    "download_imdb",
    "get_tokenized_imdb",
    "get_vocab_imdb",
    "predict_sentiment",
    "preprocess_imdb",
    "read_imdb",
]

_ARCHIVE = "aclImdb_v1.tar.gz"
_URL = f"http://ai.stanford.edu/~amaas/data/sentiment/{_ARCHIVE}"
_SHA1 = "01ada507287d82875905620988597833ad4e0903"
_FOLDER = "aclImdb"
_LENGTH = 500
_PADDING = "<pad>"


def count_tokens(samples: Iterable[Sequence[str]]) -> collections.Counter[str]:
    """Return how often each token occurs in lists of tokens.

    >>> count_tokens([["a", "good", "film"], ["a", "bad", "film"]])
    Counter({'a': 2, 'film': 2, 'good': 1, 'bad': 1})
    """
    return collections.Counter(token for sample in samples for token in sample)


def download_imdb(data_dir: str | None = None) -> None:
    """Fetch and unpack the reviews (84 MB) unless that is done.

    Parameters
    ----------
    data_dir : where to; ``../data`` where the data are there already, else ``datasets`` under ``MXNET_HOME``.

    Raises
    ------
    DownloadError : they are not there and cannot be fetched; says what to put where by hand.

    Differs from the book's: ``data_dir`` is not ``../data`` unless the data lie there.
    """
    if os.path.isdir(place_of(_FOLDER, data_dir=data_dir)):
        return
    folder = datasets() if data_dir is None else data_dir
    os.makedirs(folder, exist_ok=True)
    unpack(download(_URL, path=os.path.join(folder, _ARCHIVE), sha1_hash=_SHA1), _FOLDER)


def read_imdb(folder: str = "train", data_dir: str | None = None) -> list[list[Any]]:
    """Return reviews in small letters with 1 for praise and 0 for the opposite, in random order.

    Parameters
    ----------
    folder : ``'train'`` or ``'test'``.
    data_dir : the one that `download_imdb` was given.

    Raises
    ------
    FileNotFoundError : the data are not there.

    Differs from the book's, which has no ``data_dir`` and reads from ``../data`` only.
    """
    root = Path(place_of(_FOLDER, data_dir=data_dir), folder)
    data: list[list[Any]] = []
    for label, name in enumerate(("neg", "pos")):
        if not (root / name).is_dir():
            raise FileNotFoundError(
                message(
                    "read_imdb: the reviews are not there",
                    received=f"folder={folder!r}",
                    because=f"there is no folder {root / name}",
                    hint="d2l.download_imdb(), and 'train' or 'test' for the folder",
                )
            )
        for path in sorted((root / name).iterdir()):
            data.append([path.read_text(encoding="utf-8").replace("\n", "").lower(), label])
    random.shuffle(data)
    return data


def get_tokenized_imdb(data: Iterable[Sequence[Any]]) -> list[list[str]]:
    """Return the words of each review: small letters, cut at spaces.

    >>> get_tokenized_imdb([["What a film!", 1]])
    [['what', 'a', 'film!']]
    """
    return [review.lower().split(" ") for review, _ in data]


def get_vocab_imdb(data: Iterable[Sequence[Any]]) -> Vocabulary:
    """Return the words that occur at least five times in the reviews, numbered.

    >>> vocab = get_vocab_imdb([["good film", 1]] * 5 + [["bad film", 0]] * 4)
    >>> vocab.idx_to_token
    ['<unk>', 'film', 'good']
    """
    from mxnet.contrib.text.vocab import Vocabulary

    return Vocabulary(count_tokens(get_tokenized_imdb(data)), min_freq=5)


def preprocess_imdb(data: Sequence[Sequence[Any]], vocab: Vocabulary) -> tuple[NDArray, NDArray]:
    """Return reviews as numbers of words, cut off or filled up to 500, and their labels.

    They are filled up with the number of ``'<pad>'``, or with that of the unknown where a vocabulary has no such token.

    Shapes: features ``(n, 500)``, labels ``(n,)``.

    >>> reviews = [["good film", 1]] * 5
    >>> features, labels = preprocess_imdb(reviews, get_vocab_imdb(reviews))
    >>> features.shape, features[0, :4].asnumpy().tolist()
    ((5, 500), [2.0, 1.0, 0.0, 0.0])
    """
    padding = [vocab.to_indices(_PADDING)] * _LENGTH
    rows = [(vocab.to_indices(tokens[:_LENGTH]) + padding)[:_LENGTH] for tokens in get_tokenized_imdb(data)]
    return nd.array(rows), nd.array([score for _, score in data])


def predict_sentiment(
    net: Callable[[NDArray], NDArray], vocab: Vocabulary, sentence: str | Sequence[str]
) -> str:
    """Return ``'positive'`` or ``'negative'``, whichever class ``net`` gives the higher score.

    Parameters
    ----------
    net : a block; gets the numbers of the words, ``(1, n)``, returns scores ``(1, 2)``.
    vocab : the words that it was trained with.
    sentence : a list of words, or a text, which is taken apart as `get_tokenized_imdb` does.

    Raises
    ------
    ValueError : there are no words.

    >>> vocab = get_vocab_imdb([["good film", 1]] * 5)
    >>> predict_sentiment(lambda x: nd.array([[0, 1]]), vocab, ["good", "film"])
    'positive'

    Differs from the book's: computes where the parameters of ``net`` are, not always on the first accelerator.
    """
    words = sentence.lower().split(" ") if isinstance(sentence, str) else list(sentence)
    if not words:
        raise ValueError(message("predict_sentiment: the sentence has no words", received=repr(sentence)))
    numbers = nd.array(vocab.to_indices(words), ctx=_device_of(net))
    label = net(numbers.reshape((1, -1))).argmax(axis=1)
    return "positive" if label.asscalar() == 1 else "negative"


def _device_of(net: Any) -> Any:
    parameters = net.collect_params().values() if hasattr(net, "collect_params") else ()
    return next((parameter.list_ctx()[0] for parameter in parameters), None) or try_gpu()
