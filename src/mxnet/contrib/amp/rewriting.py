"""A graph with the casts of automatic mixed precision between its calls."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ...ops import OPERATORS
from ...symbol.graph import Entry, Node, options_of, reachable
from ...symbol.infer import input_names
from ...symbol.infer_types import of_call
from .casting import EXACT
from .policy import FULL, LOW, WIDEST, Policy

__all__ = ["with_casts"]

# Calls whose outputs casts are named after, as MXNet names them: ``fc_output_amp_cast_float32``. Others have the
# number of the output: ``exp0_0_amp_cast_float16``.
_NAMED = frozenset(
    """
    Activation BatchNorm BilinearSampler Concat Convolution Correlation Crop Deconvolution Dropout FullyConnected
    GridGenerator GroupNorm IdentityAttachKLSparseReg InstanceNorm L2Normalization LRN LayerNorm LeakyReLU MakeLoss Pad
    Pooling Pooling_v1 RNN ROIPooling SVMOutput SequenceLast SequenceMask SequenceReverse SliceChannel
    SoftmaxActivation SoftmaxOutput SpatialTransformer SwapAxis UpSampling _contrib_BatchNormWithReLU
    _contrib_ModulatedDeformableConvolution _contrib_MultiBoxDetection _contrib_MultiBoxPrior
    _contrib_MultiBoxTarget _contrib_MultiProposal _contrib_Proposal _contrib_ROIAlign _contrib_fft _contrib_ifft
    _contrib_index_array _rnn_param_concat elemwise_add make_loss softmax softmin
    """.split()
)


# Calls whose result has the type of the second input.
_OF_SECOND = frozenset({"Embedding", "contrib.SparseEmbedding"})


def with_casts(entries: Sequence[Entry], policy: Policy, excluded: frozenset[str]) -> list[Entry]:
    """The graph in new nodes, with `amp_cast` and `amp_multicast` where types change; its ends are float32.

    What is known of a type is what follows from the graph alone: that of a variable is not, and where calls that take
    any type get one, it is passed on.
    """
    return _Rewriting(policy, excluded).run(entries)


class _Rewriting:
    def __init__(self, policy: Policy, excluded: frozenset[str]) -> None:
        self.policy, self.excluded = policy, excluded
        self.made: dict[int, Node] = {}
        self.types: dict[tuple[int, int], torch.dtype | None] = {}  # of the new nodes
        self.casts: dict[tuple[int, int, str], Entry] = {}

    def run(self, entries: Sequence[Entry]) -> list[Entry]:
        for node in reachable(entries):
            inputs = [Entry(self.made[id(source)], index) for source, index in node.inputs]
            # casts are made before the call: nodes run in the order in which they are made
            new = Node(node.op, node.name, dict(node.attrs), self._fitted(node, inputs), node.special)
            if node.rows_of is not None and id(node.rows_of[0].node) in self.made:
                like, axis = node.rows_of
                new.rows_of = (Entry(self.made[id(like.node)], like.index), axis)
            self.made[id(node)] = new
            self._note(new)
        return [
            self._cast(Entry(self.made[id(node)], index), "float32", variables=True)
            for node, index in entries
        ]

    def _fitted(self, node: Node, inputs: list[Entry]) -> list[Entry]:
        """The inputs of a call in the types that it takes."""
        if node.op is None:
            return inputs
        kind = FULL if node.name in self.excluded else self.policy.kind(node.op, options_of(node))
        changed = node.auxiliary_inputs()
        names = () if node.op.variadic else input_names(node)
        changed |= {place for place, name in enumerate(names) if name in EXACT}
        if kind is LOW or kind is FULL:
            dtype = self.policy.target if kind is LOW else "float32"
            return [
                each if place in changed else self._cast(each, dtype, variables=kind is LOW)
                for place, each in enumerate(inputs)
            ]
        if kind is WIDEST and inputs:
            types = [self._type(each) for each in inputs]
            if None in types:
                name = f"{_name(inputs[0])}_amp_multicast"
                cast = Node(OPERATORS["amp_multicast"], name, {"num_outputs": str(len(inputs))}, inputs)
                return [Entry(cast, index) for index in range(len(inputs))]
            if torch.float32 in types:
                return [self._cast(each, "float32", variables=False) for each in inputs]
        return inputs

    def _type(self, entry: Entry) -> torch.dtype | None:
        return self.types.get((id(entry.node), entry.index))

    def _cast(self, entry: Entry, dtype: str, variables: bool) -> Entry:
        """The output in this type: itself if it has it, or is a variable and these are left alone."""
        wanted = self.policy.dtype if dtype == self.policy.target else torch.float32
        if self._type(entry) is wanted or (entry.node.is_variable and not variables):
            return entry
        key = (id(entry.node), entry.index, dtype)
        if key not in self.casts:
            name = f"{_name(entry)}_amp_cast_{dtype}"
            cast = Node(OPERATORS["amp_cast"], name, {"dtype": dtype}, [entry])
            self.types[id(cast), 0] = wanted
            self.casts[key] = Entry(cast)
        return self.casts[key]

    def _note(self, node: Node) -> None:
        """The types of a call's outputs, as far as they follow."""
        if node.op is None:
            return
        given = [self._type(each) for each in node.inputs]
        if self._is_full(node):
            given = [torch.float32 if each is None else each for each in given]
        elif not given or (given[0] is None and node.op.name not in _OF_SECOND):
            return
        if all(each is None for each in given) and given:
            return
        for index, dtype in enumerate(of_call(node, given, None)[1]):
            if dtype in (torch.float32, self.policy.dtype):
                self.types[id(node), index] = dtype

    def _is_full(self, node: Node) -> bool:
        assert node.op is not None
        return node.name in self.excluded or self.policy.kind(node.op, options_of(node)) is FULL


def _name(entry: Entry) -> str:
    """An output as the names of casts have it."""
    node, index = entry
    if node.is_variable:
        return node.name
    return node.output_name(index) if node.kind in _NAMED else f"{node.name}_{index}"
