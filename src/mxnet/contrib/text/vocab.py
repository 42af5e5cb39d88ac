"""Tokens and their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

from ..._surface import module_getattr as _module_getattr
from ...base import integer_types, message

__all__ = ["Vocabulary"]

__getattr__ = _module_getattr(__name__)


class Vocabulary:
    """Tokens by number: first the unknown token, then the reserved ones, then others from the most frequent on.

    Of equally frequent tokens the smaller (in the order of the alphabet) comes first. Whatever is no token of the
    vocabulary has the number of the unknown token, 0.

    Parameters
    ----------
    counter : a ``collections.Counter`` of tokens; without it only the unknown and the reserved ones are there. Tokens
        may be anything that can be a key and be sorted.
    most_freq_count : how many tokens to take from ``counter`` at most; None for all.
    min_freq : how often a token must occur to be taken.
    unknown_token : stands for all that are not there.
    reserved_tokens : further tokens that are always there, such as ``'<pad>'``.

    Raises
    ------
    AssertionError : ``counter`` is no counter, ``min_freq`` is less than 1, the reserved tokens contain one twice or
        the unknown token.

    >>> from collections import Counter
    >>> from mxnet.contrib import text
    >>> counter = Counter(["b", "a", "b", "c"])
    >>> vocabulary = text.vocab.Vocabulary(counter, min_freq=1, reserved_tokens=["<pad>"])
    >>> vocabulary.idx_to_token
    ['<unk>', '<pad>', 'b', 'a', 'c']
    >>> vocabulary.to_indices(["a", "b", "d"])
    [3, 2, 0]
    """

    def __init__(
        self,
        counter: Counter[Any] | None = None,
        most_freq_count: int | None = None,
        min_freq: int = 1,
        unknown_token: Hashable = "<unk>",
        reserved_tokens: Sequence[Any] | None = None,
    ) -> None:
        _require(min_freq > 0, "Vocabulary: min_freq is at least 1", min_freq)
        reserved = [] if reserved_tokens is None else list(reserved_tokens)
        _require(
            unknown_token not in reserved,
            "Vocabulary: the unknown token is among the reserved ones",
            reserved_tokens,
        )
        _require(
            len(set(reserved)) == len(reserved),
            "Vocabulary: a reserved token stands there twice",
            reserved_tokens,
        )
        self._unknown_token = unknown_token
        self._reserved_tokens = reserved_tokens
        self._idx_to_token: list[Any] = [unknown_token, *reserved]
        if counter is not None:
            _require(
                isinstance(counter, Counter),
                "Vocabulary: the counter is no collections.Counter",
                counter,
                hint="collections.Counter(tokens)",
            )
            self._idx_to_token += _most_frequent(counter, set(self._idx_to_token), most_freq_count, min_freq)
        self._token_to_idx = {token: index for index, token in enumerate(self._idx_to_token)}

    def __len__(self) -> int:
        return len(self.idx_to_token)

    @property
    def token_to_idx(self) -> dict[Any, int]:
        """Numbers by token."""
        return self._token_to_idx

    @property
    def idx_to_token(self) -> list[Any]:
        """Tokens by number."""
        return self._idx_to_token

    @property
    def unknown_token(self) -> Any:
        """What stands for all that are not there; its number is 0."""
        return self._unknown_token

    @property
    def reserved_tokens(self) -> Sequence[Any] | None:
        """The reserved tokens as they were given."""
        return self._reserved_tokens

    def to_indices(self, tokens: Any) -> Any:
        """The number of a token, or the numbers of a list of tokens; 0 for what is not there.

        Raises
        ------
        TypeError : a token cannot be a key (a list in a list).

        >>> from collections import Counter
        >>> from mxnet.contrib import text
        >>> text.vocab.Vocabulary(Counter("aab")).to_indices(["a", "z"])
        [1, 0]
        """
        find = self._token_to_idx.get
        return [find(token, 0) for token in tokens] if isinstance(tokens, list) else find(tokens, 0)

    def to_tokens(self, indices: Any) -> Any:
        """The token of a number, or the tokens of a list of numbers.

        Raises
        ------
        ValueError : there is no token of that number.

        >>> from collections import Counter
        >>> from mxnet.contrib import text
        >>> text.vocab.Vocabulary(Counter("aab")).to_tokens([1, 2])
        ['a', 'b']

        Differs from 1.9.1: numbers may be NumPy's, too.
        """
        several = isinstance(indices, list)
        count = len(self._idx_to_token)
        found = []
        for index in indices if several else [indices]:
            if not isinstance(index, integer_types) or not -count <= index < count:
                raise ValueError(
                    message(
                        f"Vocabulary.to_tokens: there is no token {index}",
                        received=repr(indices)[:80],
                        because=f"tokens have the whole numbers 0 to {count - 1}",
                    )
                )
            found.append(self._idx_to_token[index])
        return found if several else found[0]


def _most_frequent(
    counter: Counter[Any], known: set[Any], most_freq_count: int | None, min_freq: int
) -> list[Any]:
    try:
        tokens = sorted(token for token, count in counter.items() if count >= min_freq and token not in known)
    except TypeError as error:
        raise TypeError(
            message(
                "Vocabulary: tokens of different types have no order",
                because=str(error),
                hint="text alone, such as str(token)",
            )
        ) from error
    tokens.sort(key=counter.__getitem__, reverse=True)
    return tokens if most_freq_count is None or most_freq_count < 0 else tokens[:most_freq_count]


def _require(holds: bool, what: str, received: Any, hint: str | None = None) -> None:
    if not holds:
        raise AssertionError(message(what, received=repr(received)[:80], hint=hint))
