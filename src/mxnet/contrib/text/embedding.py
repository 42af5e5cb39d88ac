"""Vectors for tokens: from files that are published, from files of one's own, and several of them side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from ... import ndarray as nd
from ..._surface import module_getattr as _module_getattr
from ...base import OptionError, message, nearest
from ...gluon._download import in_data_dir
from ...ndarray import NDArray
from ._base import _TokenEmbedding, check_vocabulary, create, get_pretrained_file_names, register
from ._published import file_of, published_files
from .vocab import Vocabulary

__all__ = [
    "CompositeEmbedding",
    "CustomEmbedding",
    "FastText",
    "GloVe",
    "create",
    "get_pretrained_file_names",
    "register",
]

__getattr__ = _module_getattr(__name__)

TokenEmbedding = _TokenEmbedding
_ROOT = os.path.join("~", ".mxnet", "embeddings")


class _Hashes:
    """The SHA-1 of published files or of their archives, by name; read when asked for."""

    def __init__(self, embedding: str, key: str, value: str) -> None:
        self._embedding, self._key, self._value = embedding, key, value

    def __get__(self, instance: object, owner: type | None = None) -> dict[str, str]:
        files = published_files(self._embedding).values()
        return {getattr(each, self._key): getattr(each, self._value) for each in files}


class _PublishedEmbedding(_TokenEmbedding):
    """An embedding whose files MXNet publishes."""

    pretrained_file_name_sha1: Any
    pretrained_archive_name_sha1: Any

    def __init__(
        self,
        pretrained_file_name: str,
        embedding_root: str,
        init_unknown_vec: Callable[..., NDArray],
        vocabulary: Vocabulary | None,
        kwargs: dict[str, Any],
    ) -> None:
        self._check_pretrained_file_names(pretrained_file_name)
        super().__init__(**kwargs)
        path = file_of(type(self).__name__.lower(), pretrained_file_name, in_data_dir(embedding_root))
        self._load_for(path, " ", init_unknown_vec, "utf8", vocabulary)

    @classmethod
    def _check_pretrained_file_names(cls, pretrained_file_name: str) -> None:
        names = list(cls.pretrained_file_name_sha1)
        if pretrained_file_name not in names:
            name = cls.__name__.lower()
            close = nearest(str(pretrained_file_name), names)
            shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
            raise OptionError(
                f"{cls.__name__} has no published file {pretrained_file_name!r}",
                because=f"known are {shown}",
                hint=f"'{close}'" if close else f"text.embedding.get_pretrained_file_names({name!r})",
            )


@register
class GloVe(_PublishedEmbedding):
    """The vectors of GloVe.

    Parameters
    ----------
    pretrained_file_name : one of ``get_pretrained_file_names("glove")``; the number before the ``d`` is the length of a
        vector.
    embedding_root : the file is looked for, and put, in the folder ``glove`` in there. The default follows
        ``MXNET_HOME``.
    init_unknown_vec : ``init_unknown_vec(shape=n)`` makes the vector of what is not there, unless the file has one.
    vocabulary : a `Vocabulary` whose tokens to keep, with its numbers; None for all tokens of the file.
    kwargs : those of `Vocabulary`.

    Raises
    ------
    KeyError : there is no file of that name.
    DownloadError : it is not there and cannot be fetched; says what to put where by hand.

    Source: Pennington, Socher, Manning, "GloVe: Global Vectors for Word Representation" (2014).
    """

    pretrained_file_name_sha1 = _Hashes("glove", "name", "sha1")
    pretrained_archive_name_sha1 = _Hashes("glove", "archive", "archive_sha1")

    def __init__(
        self,
        pretrained_file_name: str = "glove.840B.300d.txt",
        embedding_root: str = _ROOT,
        init_unknown_vec: Callable[..., NDArray] = nd.zeros,
        vocabulary: Vocabulary | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pretrained_file_name, embedding_root, init_unknown_vec, vocabulary, kwargs)


@register
class FastText(_PublishedEmbedding):
    """The vectors of fastText, for words of 294 languages.

    Parameters
    ----------
    pretrained_file_name : one of ``get_pretrained_file_names("fasttext")``.
    embedding_root : the file is looked for, and put, in the folder ``fasttext`` in there. The default follows
        ``MXNET_HOME``.
    init_unknown_vec, vocabulary, kwargs : as for `GloVe`.

    Raises
    ------
    KeyError : there is no file of that name.
    DownloadError : it is not there and cannot be fetched; says what to put where by hand.

    Source: Bojanowski, Grave, Joulin, Mikolov, "Enriching Word Vectors with Subword Information", arXiv:1607.04606.
    """

    pretrained_file_name_sha1 = _Hashes("fasttext", "name", "sha1")
    pretrained_archive_name_sha1 = _Hashes("fasttext", "archive", "archive_sha1")

    def __init__(
        self,
        pretrained_file_name: str = "wiki.simple.vec",
        embedding_root: str = _ROOT,
        init_unknown_vec: Callable[..., NDArray] = nd.zeros,
        vocabulary: Vocabulary | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pretrained_file_name, embedding_root, init_unknown_vec, vocabulary, kwargs)


class CustomEmbedding(_TokenEmbedding):
    r"""The vectors of a file of one's own: in each line a token and its numbers.

    Parameters
    ----------
    pretrained_file_path : the file.
    elem_delim : what stands between the token and the numbers, and between these.
    encoding : of the text.
    init_unknown_vec : ``init_unknown_vec(shape=n)`` makes the vector of what is not there, unless the file has one.
    vocabulary : a `Vocabulary` whose tokens to keep, with its numbers; None for all tokens of the file.
    kwargs : those of `Vocabulary`.

    Raises
    ------
    AssertionError : a line has no delimiter, or another number of numbers than those before.
    ValueError : there is no such file, or in it something else than numbers behind a token.

    >>> from mxnet.contrib import text
    >>> path = getfixture("tmp_path") / "vectors.txt"
    >>> _ = path.write_text("hello 1 2\nworld 3 4\n")
    >>> embedding = text.embedding.CustomEmbedding(str(path))
    >>> embedding.get_vecs_by_tokens(["world", "moon"])
    <BLANKLINE>
    [[3. 4.]
     [0. 0.]]
    <NDArray 2x2 @cpu(0)>

    Differs from 1.9.1: empty lines and tokens with the delimiter in them are read, and tokens given beside those of the
    file (``reserved_tokens``, ``counter``) have vectors, too.
    """

    def __init__(
        self,
        pretrained_file_path: str | os.PathLike[str],
        elem_delim: str = " ",
        encoding: str = "utf8",
        init_unknown_vec: Callable[..., NDArray] = nd.zeros,
        vocabulary: Vocabulary | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._load_for(pretrained_file_path, elem_delim, init_unknown_vec, encoding, vocabulary)


class CompositeEmbedding(_TokenEmbedding):
    """For each token of a vocabulary, its vectors in several embeddings one behind the other.

    Shapes: ``idx_to_vec`` is ``(len(vocabulary), sum of the embeddings' vec_len)``.

    Parameters
    ----------
    vocabulary : a `Vocabulary`.
    token_embeddings : an embedding, or a list of them.

    Raises
    ------
    AssertionError : something else is given.
    """

    def __init__(
        self, vocabulary: Vocabulary, token_embeddings: _TokenEmbedding | Sequence[_TokenEmbedding]
    ) -> None:
        check_vocabulary(vocabulary)
        parts: list[Any] = (
            list(token_embeddings) if isinstance(token_embeddings, (list, tuple)) else [token_embeddings]
        )
        if not parts or not all(isinstance(each, _TokenEmbedding) for each in parts):
            raise AssertionError(
                message(
                    "CompositeEmbedding: what to put side by side are embeddings",
                    received=repr(token_embeddings)[:80],
                )
            )
        super().__init__(unknown_token=vocabulary.unknown_token)
        self._become(vocabulary, parts)
