"""What all embeddings share: the registry, and a vocabulary with a vector for each of its tokens."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import torch

from ... import ndarray as nd
from ...base import OptionError, message, nearest
from ...ndarray import NDArray
from ._vectors import read_vectors
from .vocab import Vocabulary

__all__ = ["_TokenEmbedding", "check_vocabulary", "create", "get_pretrained_file_names", "register"]

EmbeddingClass = TypeVar("EmbeddingClass", bound="type[_TokenEmbedding]")
_REGISTRY: dict[str, type[_TokenEmbedding]] = {}


def register(embedding_cls: EmbeddingClass) -> EmbeddingClass:
    """Class decorator: make an embedding known to `create` under its name in small letters.

    Raises
    ------
    AssertionError : the class does not derive from ``_TokenEmbedding``.

    >>> from mxnet.contrib import text
    >>> @text.embedding.register
    ... class Zeros(text.embedding._TokenEmbedding):
    ...     pass
    >>> len(text.embedding.create("zeros"))
    1
    """
    if not (isinstance(embedding_cls, type) and issubclass(embedding_cls, _TokenEmbedding)):
        raise AssertionError(
            message(
                "register: only classes of token embeddings",
                received=repr(embedding_cls),
                hint="_TokenEmbedding as base",
            )
        )
    name = embedding_cls.__name__.lower()
    before = _REGISTRY.get(name)
    if before is not None and before is not embedding_cls:
        warnings.warn(
            message(
                f"token embedding {name!r} takes the place of another one",
                received=f"{_path(embedding_cls)}, was {_path(before)}",
                hint="another class name",
            ),
            stacklevel=2,
        )
    _REGISTRY[name] = embedding_cls
    return embedding_cls


def create(embedding_name: Any, **kwargs: Any) -> _TokenEmbedding:
    """An embedding by the name of its class, in small or large letters; ``kwargs`` go to the class.

    Raises
    ------
    AssertionError : there is no such embedding.
    KeyError : it has no file of the name ``pretrained_file_name``.
    """
    if isinstance(embedding_name, _TokenEmbedding):
        return embedding_name
    found = _REGISTRY.get(str(embedding_name).lower())
    if found is None:
        close = nearest(str(embedding_name), _REGISTRY)
        raise AssertionError(
            message(
                f"there is no token embedding {embedding_name!r}",
                because="known are " + ", ".join(sorted(_REGISTRY)),
                hint=f"'{close}'" if close else "text.embedding.register, in front of a class of your own",
            )
        )
    return found(**kwargs)


def get_pretrained_file_names(embedding_name: str | None = None) -> Any:
    """The names of the published files of an embedding, or a dictionary with those of all.

    Raises
    ------
    KeyError : there is no embedding of that name, in small letters.

    >>> from mxnet.contrib import text
    >>> text.embedding.get_pretrained_file_names("glove")[1]
    'glove.6B.50d.txt'
    """
    known = {
        name: list(each.pretrained_file_name_sha1)
        for name, each in _REGISTRY.items()
        if hasattr(each, "pretrained_file_name_sha1")
    }
    if embedding_name is None:
        return known
    if embedding_name not in known:
        raise OptionError(
            f"there is no token embedding {embedding_name!r}", because="known are " + ", ".join(known)
        )
    return known[embedding_name]


class _TokenEmbedding(Vocabulary):
    """Base of the embeddings: a `Vocabulary` with a vector for each of its tokens.

    An embedding of your own calls ``_load_embedding``, or sets ``_idx_to_vec``.

    Parameters
    ----------
    kwargs : those of `Vocabulary`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._idx_to_vec: Any = None

    @property
    def vec_len(self) -> int:
        """Length of a vector."""
        return 0 if self._idx_to_vec is None else self._idx_to_vec.shape[1]

    @property
    def idx_to_vec(self) -> Any:
        """The vectors by the numbers of their tokens, ``(tokens, vec_len)``."""
        return self._idx_to_vec

    def get_vecs_by_tokens(self, tokens: Any, lower_case_backup: bool = False) -> NDArray:
        """The vector of a token, or the vectors of a list of tokens.

        Shapes: ``(vec_len,)`` for a token, ``(len(tokens), vec_len)`` for a list. What has no vector gets that of the
        unknown token.

        Parameters
        ----------
        tokens : a token or a list of tokens.
        lower_case_backup : whether to look a token up in small letters where it is not there as it is written.
        """
        several = isinstance(tokens, list)
        find = self._token_to_idx.get
        if lower_case_backup:
            rows = [
                find(token, find(token.lower() if isinstance(token, str) else token, 0))
                for token in (tokens if several else [tokens])
            ]
        else:
            rows = [find(token, 0) for token in (tokens if several else [tokens])]
        vectors = self._vectors()
        found = vectors._plain()[torch.tensor(rows, dtype=torch.int64, device=vectors._t.device)]
        return NDArray._wrap(found if several else found[0], vectors._ctx)

    def update_token_vectors(self, tokens: Any, new_vectors: NDArray) -> None:
        r"""Replace the vectors of some tokens.

        Shapes: new_vectors ``(vec_len,)`` or ``(1, vec_len)`` for one token, ``(len(tokens), vec_len)`` for several.

        Raises
        ------
        AssertionError : the shape is another, or there are no vectors yet.
        ValueError : a token is not there; the unknown token itself is.

        >>> from mxnet.contrib import text
        >>> path = getfixture("tmp_path") / "vectors.txt"
        >>> _ = path.write_text("hello 1 2\nworld 3 4\n")
        >>> embedding = text.embedding.CustomEmbedding(str(path))
        >>> embedding.update_token_vectors("hello", nd.array([5, 6]))
        >>> embedding.get_vecs_by_tokens("hello").asnumpy().tolist()
        [5.0, 6.0]
        """
        vectors = self._vectors()
        names = tokens if isinstance(tokens, list) else [tokens]
        shape = new_vectors.shape if isinstance(new_vectors, NDArray) else None
        shapes = [(len(names), self.vec_len), *([(self.vec_len,)] if len(names) == 1 else [])]
        if shape not in shapes:
            raise AssertionError(
                message(
                    "update_token_vectors: the new vectors do not fit the tokens",
                    received=f"{len(names)} tokens, {_shown(new_vectors)}",
                    because=f"it takes an NDArray of shape {' or '.join(map(str, shapes))}",
                )
            )
        for token in names:
            if token not in self._token_to_idx:
                raise ValueError(
                    message(
                        f"update_token_vectors: there is no token {token!r}",
                        because="all tokens that are not there share one vector",
                        hint=f"{self.unknown_token!r}, to replace that one",
                    )
                )
        # One after the other: of a token that is named twice, the last vector counts.
        last = {self._token_to_idx[token]: place for place, token in enumerate(names)}
        vectors[nd.array(list(last), dtype="int64")] = new_vectors.reshape((len(names), self.vec_len))[
            nd.array(list(last.values()), dtype="int64")
        ]

    def _vectors(self) -> NDArray:
        if self._idx_to_vec is None:
            raise AssertionError(
                message(
                    f"{type(self).__name__}: there are no vectors yet",
                    hint="self._load_embedding(path, ' ', nd.zeros) in its __init__",
                )
            )
        return self._idx_to_vec

    def _load_embedding(
        self,
        pretrained_file_path: str | os.PathLike[str],
        elem_delim: str,
        init_unknown_vec: Callable[..., NDArray],
        encoding: str = "utf8",
        wanted: Any = None,
    ) -> None:
        """Add the tokens of a file, and set the vectors; ``wanted`` leaves out all but some tokens."""
        path = os.path.expanduser(pretrained_file_path)
        if not os.path.isfile(path):
            raise ValueError(
                message(
                    "there is no such file of vectors",
                    received=repr(pretrained_file_path),
                    hint="check the path",
                )
            )
        rows, values = read_vectors(path, elem_delim, encoding, wanted)
        for token in rows:
            if token not in self._token_to_idx:
                self._token_to_idx[token] = len(self._idx_to_token)
                self._idx_to_token.append(token)
        own = rows.get(self.unknown_token)
        unknown = values[own] if own is not None else _as_vector(init_unknown_vec, values.shape[1])
        filled = np.repeat(np.asarray(unknown, np.float32)[np.newaxis], len(self._idx_to_token), axis=0)
        filled[[self._token_to_idx[token] for token in rows]] = values
        self._idx_to_vec = nd.array(filled)

    def _build_embedding_for_vocabulary(self, vocabulary: Vocabulary | None) -> None:
        """Keep the tokens of a vocabulary only, with its numbers."""
        if vocabulary is not None:
            check_vocabulary(vocabulary)
            self._become(vocabulary, [self])

    def _become(self, vocabulary: Vocabulary, embeddings: Sequence[_TokenEmbedding]) -> None:
        """Take over a vocabulary, with the vectors of some embeddings side by side."""
        tokens = vocabulary.idx_to_token
        parts = [each.get_vecs_by_tokens(tokens) for each in embeddings]
        self._idx_to_vec = parts[0] if len(parts) == 1 else nd.concat(*parts, dim=1)
        self._unknown_token = vocabulary.unknown_token
        self._reserved_tokens = vocabulary.reserved_tokens
        self._idx_to_token = list(tokens)
        self._token_to_idx = dict(vocabulary.token_to_idx)

    def _load_for(
        self, path: Any, delimiter: str, init: Any, encoding: str, vocabulary: Vocabulary | None
    ) -> None:
        """Load a file, for a vocabulary only what it needs."""
        wanted = None
        if vocabulary is not None:
            check_vocabulary(vocabulary)
            wanted = {*vocabulary.token_to_idx, *self._token_to_idx}
        self._load_embedding(path, delimiter, init, encoding, wanted)
        self._build_embedding_for_vocabulary(vocabulary)


def check_vocabulary(vocabulary: Any) -> None:
    if not isinstance(vocabulary, Vocabulary):
        raise AssertionError(
            message(
                "the vocabulary is no Vocabulary",
                received=repr(vocabulary)[:80],
                hint="text.vocab.Vocabulary(counter)",
            )
        )


def _as_vector(make: Callable[..., Any], length: int) -> np.ndarray:
    made = make(shape=length)
    vector = made.asnumpy() if isinstance(made, NDArray) else np.asarray(made)
    if vector.shape != (length,):
        raise ValueError(
            message(
                "init_unknown_vec(shape=n) does not return a vector of n elements",
                received=f"shape {vector.shape} for n = {length}",
                hint="nd.zeros, nd.ones, or lambda shape: nd.random.uniform(shape=shape)",
            )
        )
    return vector


def _shown(array: Any) -> str:
    return f"{type(array).__name__} {array.shape}" if isinstance(array, NDArray) else repr(array)[:80]


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__name__}"
