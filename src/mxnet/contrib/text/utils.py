"""Counting the tokens of a text."""

from __future__ import annotations

import re
from collections import Counter

from ..._surface import module_getattr as _module_getattr
from ...base import message

__all__ = ["count_tokens_from_str"]

__getattr__ = _module_getattr(__name__)


def count_tokens_from_str(
    source_str: str,
    token_delim: str = " ",
    seq_delim: str = "\n",
    to_lower: bool = False,
    counter_to_update: Counter[str] | None = None,
) -> Counter[str]:
    r"""How often each token of a text occurs. Empty tokens do not count.

    Parameters
    ----------
    source_str : the text.
    token_delim, seq_delim : what stands between tokens, and between sequences of them; regular expressions, or any text
        that is none (``'*'``).
    to_lower : whether tokens are counted in small letters.
    counter_to_update : a counter to add to, and to return; a new one by default.

    Raises
    ------
    TypeError : ``source_str`` is no text.

    >>> from mxnet.contrib import text
    >>> text.utils.count_tokens_from_str("Life is great!\nlife is good.", to_lower=True)
    Counter({'life': 2, 'is': 2, 'great!': 1, 'good.': 1})

    Differs from 1.9.1: a delimiter that is no regular expression is taken literally instead of an error.
    """
    if not isinstance(source_str, str):
        raise TypeError(
            message(
                "count_tokens_from_str: the text is no string",
                received=type(source_str).__name__,
                hint="open(path, encoding='utf-8').read()",
            )
        )
    counter: Counter[str] = Counter() if counter_to_update is None else counter_to_update
    pattern = "|".join(map(_as_expression, (token_delim, seq_delim)))
    counter.update(filter(None, re.split(pattern, source_str.lower() if to_lower else source_str)))
    return counter


def _as_expression(delimiter: str) -> str:
    try:
        re.compile(delimiter)
    except re.error:
        return re.escape(delimiter)
    return delimiter
