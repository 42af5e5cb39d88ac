"""Functions over sequences of different lengths."""

from __future__ import annotations

from .sample import ErrorSample, error, kinked, literal, normal, plain, sample

_BATCH = normal(4, 3, 2)
_LENGTHS = literal([1.0, 4.0, 2.0])

SAMPLES = [
    sample("SequenceMask", _BATCH),
    kinked("SequenceMask", _BATCH, _LENGTHS, use_sequence_length=True).towards(0),
    kinked("SequenceMask", _BATCH, _LENGTHS, use_sequence_length=True, value=-1.0).towards(0),
    kinked("SequenceMask", _BATCH, literal([1.0, 0.0, 3.0, 2.0]), use_sequence_length=True, axis=1).towards(
        0
    ),
    kinked("SequenceMask", normal(4, 3), _LENGTHS, use_sequence_length=True).towards(0),
    kinked("SequenceMask", _BATCH, literal([1, 4, 2], "int32"), use_sequence_length=True).towards(0),
    plain("SequenceLast", _BATCH),
    kinked("SequenceLast", _BATCH, _LENGTHS, use_sequence_length=True).towards(0),
    kinked("SequenceLast", _BATCH, literal([1.0, 1.0, 3.0, 2.0]), use_sequence_length=True, axis=1).towards(
        0
    ),
    sample("SequenceReverse", _BATCH),
    kinked("SequenceReverse", _BATCH, _LENGTHS, use_sequence_length=True).towards(0),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "SequenceMask", _BATCH, literal([1.0, 2.0]), use_sequence_length=True),
    error("MXNetError", "SequenceMask", _BATCH, axis=2),
]
