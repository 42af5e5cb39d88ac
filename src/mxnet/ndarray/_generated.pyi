"""Made by tools/make_stubs.py from the operator table; do not edit."""

from typing import Any

from .ndarray import NDArray

_Operand = Any

def Activation(data: NDArray, act_type: str, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """An activation function, element by element.

    ``relu``: max(x, 0); ``sigmoid``: 1 / (1 + exp(-x)); ``tanh``; ``softrelu``: log(1 + exp(x));
    ``softsign``: x / (1 + abs(x)).

    >>> from mxnet import nd
    >>> nd.Activation(nd.array([-1, 2]), act_type='relu').asnumpy().tolist()
    [0.0, 2.0]
    """
def BatchNorm(data: NDArray, gamma: NDArray, beta: NDArray, moving_mean: NDArray, moving_var: NDArray, eps: float = ..., momentum: float = ..., fix_gamma: bool = ..., use_global_stats: bool = ..., output_mean_var: bool = ..., axis: int = ..., cudnn_off: bool = ..., min_calib_range: float | None = ..., max_calib_range: float | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """``(x - mean) / sqrt(var + eps) * gamma + beta`` for each channel.

    Shapes: data ``(..., channels, ...)`` with the channels at ``axis``; all others ``(channels,)``.
    In training mode mean and (biased) variance are those of the batch, otherwise, or with ``use_global_stats``,
    the moving ones. ``backward`` moves them: ``moving = momentum * moving + (1 - momentum) * batch``.
    ``fix_gamma`` sets gamma to 1. ``output_mean_var`` also returns the mean and ``1 / sqrt(var + eps)``.

    Source: Ioffe and Szegedy, arXiv:1502.03167.
    """
def BatchNorm_v1(data: NDArray, gamma: NDArray, beta: NDArray, moving_mean: NDArray, moving_var: NDArray, eps: float = ..., momentum: float = ..., fix_gamma: bool = ..., use_global_stats: bool = ..., output_mean_var: bool = ..., axis: int = ..., cudnn_off: bool = ..., min_calib_range: float | None = ..., max_calib_range: float | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """``(x - mean) / sqrt(var + eps) * gamma + beta`` for each channel.

    Shapes: data ``(..., channels, ...)`` with the channels at ``axis``; all others ``(channels,)``.
    In training mode mean and (biased) variance are those of the batch, otherwise, or with ``use_global_stats``,
    the moving ones. ``backward`` moves them: ``moving = momentum * moving + (1 - momentum) * batch``.
    ``fix_gamma`` sets gamma to 1. ``output_mean_var`` also returns the mean and ``1 / sqrt(var + eps)``.

    Source: Ioffe and Szegedy, arXiv:1502.03167.
    """
def BilinearSampler(data: NDArray, grid: NDArray, cudnn_off: bool | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Images looked at between their elements: the four nearest, weighted by how near they are; 0 outside.

    Shapes: data ``(batch, channels, height, width)``; grid ``(batch, 2, *out)``, x and y from -1 (first element) to 1
    (last); the result ``(batch, channels, *out)``.

    Source: Jaderberg et al., arXiv:1506.02025.

    >>> from mxnet import nd
    >>> x, grid = nd.array([[[[0, 1, 2]]]]), nd.array([[[[-1, 0.5, 1.5]], [[0, 0, 0]]]])
    >>> nd.BilinearSampler(x, grid).asnumpy().tolist()
    [[[[0.0, 1.5, 1.0]]]]
    """
def BlockGrad(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x``, copied; no gradient passes.

    >>> from mxnet import nd, autograd
    >>> x = nd.array([3.0])
    >>> x.attach_grad()
    >>> with autograd.record():
    ...     y = nd.BlockGrad(x) * x
    >>> y.backward()
    >>> x.grad.asscalar().item()
    3.0
    """
def CTCLoss(data: NDArray, label: NDArray, data_lengths: NDArray | None = ..., label_lengths: NDArray | None = ..., use_data_lengths: bool = ..., use_label_lengths: bool = ..., blank_label: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Connectionist temporal classification: minus the logarithm of the probability of all ways to read the labels.

    Shapes: data ``(steps, batch, classes)``, before any softmax; label ``(batch, longest)``; data_lengths and
    label_lengths ``(batch,)``; the result ``(batch,)``.

    Parameters
    ----------
    use_data_lengths : data_lengths says how many steps of each sequence count; otherwise all.
    use_label_lengths : label_lengths says how many labels of each row count; otherwise those before the first
        padding.
    blank_label : ``'first'``: class 0 is the blank, labels lie between 1 and ``classes - 1``, padding is 0;
        ``'last'``: the last class is the blank, labels lie between 0 and ``classes - 2``, padding is -1.

    A sequence too short for its labels has loss 0 and no gradient, as in 1.9.1.

    Raises
    ------
    MXNetError : the arrays do not fit each other, or a label is no class.

    Source: Graves et al., Connectionist Temporal Classification (2006).

    >>> from mxnet import nd
    >>> nd.CTCLoss(nd.zeros((1, 1, 2)), nd.array([[1]]))
    <BLANKLINE>
    [0.6931472]
    <NDArray 1 @cpu(0)>
    """
def Cast(data: NDArray, dtype: str, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The elements as another type, copied; see `NDArray.astype`.

    Floats lose what is behind the point on their way to integers, and wrap around: 300 is 44 as uint8. What is too
    large for int32, nan included, becomes -2147483648.

    Differs from 1.9.1: no gradient goes through an integer type.

    >>> from mxnet import nd
    >>> nd.cast(nd.array([1.7, -1.7, 300]), dtype="uint8").asnumpy().tolist()
    [1, 255, 44]
    """
def Concat(*data: NDArray, dim: int = ..., num_args: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Arrays one behind the other along ``dim``; the other axes have equal lengths.

    >>> from mxnet import nd
    >>> nd.concat(nd.ones((2, 3)), nd.zeros((2, 1)), dim=1).shape
    (2, 4)
    """
def Convolution(data: NDArray, weight: NDArray, bias: NDArray | None = ..., kernel: tuple[int, ...] = ..., stride: tuple[int, ...] = ..., dilate: tuple[int, ...] = ..., pad: tuple[int, ...] = ..., num_filter: int = ..., num_group: int = ..., workspace: int = ..., no_bias: bool = ..., cudnn_tune: str | None = ..., cudnn_off: bool = ..., layout: str | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``y[n, f, p] = bias[f] + sum over c, k of weight[f, c, k] * x[n, c, p * stride - pad + k * dilate]``.

    Shapes: data ``(batch, channels, *size)`` with one to three lengths of ``size``; weight
    ``(num_filter, channels / num_group, *kernel)``; bias ``(num_filter,)``, absent with ``no_bias``; the result
    ``(batch, num_filter, *out)`` with ``out = (size + 2 * pad - dilate * (kernel - 1) - 1) // stride + 1``.

    Parameters
    ----------
    kernel, stride, dilate, pad : one number for each length of ``size``; steps of 1 and no padding by default.
    num_group : channels and filters are cut into so many groups, each filter sees the channels of its group.
    layout : the order of the axes of data, weight and result, such as ``'NCHW'`` (the default) and ``'NHWC'``.
    workspace, cudnn_tune, cudnn_off : accepted and without effect: PyTorch chooses the kernels.

    Raises
    ------
    MXNetError : an array or a number does not fit the others.

    Differs from 1.9.1: layouts with the channels last (``'NHWC'``, ``'NDHWC'``), which 1.9.1 knows on GPUs alone,
    and batches of nothing work everywhere.

    >>> from mxnet import nd
    >>> x, w = nd.ones((1, 3, 28, 28)), nd.ones((8, 3, 5, 5))
    >>> nd.Convolution(x, w, kernel=(5, 5), num_filter=8, pad=(2, 2), no_bias=True).shape
    (1, 8, 28, 28)
    """
def Convolution_v1(data: NDArray, weight: NDArray, bias: NDArray | None = ..., kernel: tuple[int, ...] = ..., stride: tuple[int, ...] = ..., dilate: tuple[int, ...] = ..., pad: tuple[int, ...] = ..., num_filter: int = ..., num_group: int = ..., workspace: int = ..., no_bias: bool = ..., cudnn_tune: str | None = ..., cudnn_off: bool = ..., layout: str | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``y[n, f, p] = bias[f] + sum over c, k of weight[f, c, k] * x[n, c, p * stride - pad + k * dilate]``.

    Shapes: data ``(batch, channels, *size)`` with one to three lengths of ``size``; weight
    ``(num_filter, channels / num_group, *kernel)``; bias ``(num_filter,)``, absent with ``no_bias``; the result
    ``(batch, num_filter, *out)`` with ``out = (size + 2 * pad - dilate * (kernel - 1) - 1) // stride + 1``.

    Parameters
    ----------
    kernel, stride, dilate, pad : one number for each length of ``size``; steps of 1 and no padding by default.
    num_group : channels and filters are cut into so many groups, each filter sees the channels of its group.
    layout : the order of the axes of data, weight and result, such as ``'NCHW'`` (the default) and ``'NHWC'``.
    workspace, cudnn_tune, cudnn_off : accepted and without effect: PyTorch chooses the kernels.

    Raises
    ------
    MXNetError : an array or a number does not fit the others.

    Differs from 1.9.1: layouts with the channels last (``'NHWC'``, ``'NDHWC'``), which 1.9.1 knows on GPUs alone,
    and batches of nothing work everywhere.

    >>> from mxnet import nd
    >>> x, w = nd.ones((1, 3, 28, 28)), nd.ones((8, 3, 5, 5))
    >>> nd.Convolution(x, w, kernel=(5, 5), num_filter=8, pad=(2, 2), no_bias=True).shape
    (1, 8, 28, 28)
    """
def Correlation(data1: NDArray, data2: NDArray, kernel_size: int = ..., max_displacement: int = ..., stride1: int = ..., stride2: int = ..., pad_size: int = ..., is_multiply: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """How well windows of one image fit windows of another one beside them, for every displacement.

    Shapes: data1 and data2 ``(batch, channels, height, width)``; the result ``(batch, n * n, *out)`` with
    ``n = 2 * (max_displacement // stride2) + 1``, the displacements row by row. Each value is the mean, over the
    window and the channels, of the products (``is_multiply``) or the absolute differences.

    Parameters
    ----------
    kernel_size : side of the windows, odd.
    max_displacement, stride2 : how far apart the windows may lie, and the step of the displacements.
    stride1, pad_size : the step between windows of data1, and the zeros around both images.

    Source: Dosovitskiy et al., FlowNet, arXiv:1504.06852.

    >>> from mxnet import nd
    >>> x = nd.array([[[[1, 2, 3]]]])
    >>> nd.Correlation(x, x, max_displacement=0).asnumpy().tolist()
    [[[[1.0, 4.0, 9.0]]]]
    """
def Crop(*data: NDArray, offset: tuple[int, ...] = ..., h_w: tuple[int, ...] = ..., center_crop: bool = ..., num_args: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """A part of images, copied; the old form of slicing.

    Shapes: the first array ``(batch, channels, height, width)``; the result has the height and width ``h_w``, or
    those of the second array.

    Parameters
    ----------
    offset : the first row and column that are taken.
    center_crop : take the middle instead.
    num_args : accepted and without effect.

    >>> from mxnet import nd
    >>> nd.Crop(nd.arange(9).reshape((1, 1, 3, 3)), h_w=(2, 1), offset=(1, 2)).asnumpy().tolist()
    [[[[5.0], [8.0]]]]
    """
def Deconvolution(data: NDArray, weight: NDArray, bias: NDArray | None = ..., kernel: tuple[int, ...] = ..., stride: tuple[int, ...] = ..., dilate: tuple[int, ...] = ..., pad: tuple[int, ...] = ..., adj: tuple[int, ...] = ..., target_shape: tuple[int, ...] = ..., num_filter: int = ..., num_group: int = ..., workspace: int = ..., no_bias: bool = ..., cudnn_tune: str | None = ..., cudnn_off: bool = ..., layout: str | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The convolution turned around: each element of data adds its multiple of the weight to a window of the result.

    Shapes: data ``(batch, channels, *size)`` with one to three lengths of ``size``; weight
    ``(channels, num_filter / num_group, *kernel)``; bias ``(num_filter,)``, absent with ``no_bias``, which is the
    default; the result ``(batch, num_filter, *out)`` with
    ``out = stride * (size - 1) + dilate * (kernel - 1) + 1 - 2 * pad + adj``, or the given ``target_shape``.

    Parameters
    ----------
    kernel, stride, dilate, pad : those of the convolution that goes the other way.
    adj : further elements at the end of each axis, fewer than ``stride``.
    target_shape : the lengths of the result; ``pad`` and ``adj`` follow from it and are ignored.
    num_group, layout, workspace, cudnn_tune, cudnn_off : as in `Convolution`.

    Raises
    ------
    MXNetError : an array or a number does not fit the others.

    Differs from 1.9.1: three lengths, layouts with the channels last and batches of nothing work everywhere.

    >>> from mxnet import nd
    >>> x, w = nd.ones((1, 8, 14, 14)), nd.ones((8, 3, 4, 4))
    >>> nd.Deconvolution(x, w, kernel=(4, 4), stride=(2, 2), pad=(1, 1), num_filter=3).shape
    (1, 3, 28, 28)
    """
def Dropout(data: NDArray, p: float = ..., mode: str = ..., axes: tuple[int, ...] = ..., cudnn_off: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Set elements to 0 with probability ``p`` and divide the others by ``1 - p``; a copy when predicting.

    Parameters
    ----------
    mode : ``'training'`` drops in training mode only, ``'always'`` also when predicting.
    axes : axes along which one decision is shared.

    Source: Srivastava et al., Dropout (2014).
    """
def ElementWiseSum(*args: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The sum of any number of arrays of one shape.

    >>> from mxnet import nd
    >>> nd.add_n(nd.ones((2,)), nd.ones((2,)), nd.ones((2,))).asnumpy().tolist()
    [3.0, 3.0]
    """
def Embedding(data: NDArray, weight: NDArray, input_dim: int, output_dim: int, dtype: Any = ..., sparse_grad: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Row ``data[i]`` of ``weight`` for each element of ``data``.

    Shapes: data ``(*i)``, weight ``(input_dim, output_dim)``, result ``(*i, output_dim)``.
    An index that is no row is clipped to the nearest one.
    """
def Flatten(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``(batch, ...)`` as ``(batch, product of the rest)``, copied."""
def FullyConnected(data: NDArray, weight: NDArray, bias: NDArray | None = ..., num_hidden: int = ..., no_bias: bool = ..., flatten: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Affine map ``data @ weight.T + bias``.

    Shapes: data ``(batch, ...)``, whose axes after the first are joined, or with ``flatten=False`` ``(..., k)``;
    weight ``(num_hidden, k)``; bias ``(num_hidden,)``, absent with ``no_bias``; the result
    ``(batch, num_hidden)`` or ``(..., num_hidden)``.

    >>> from mxnet import nd
    >>> nd.FullyConnected(nd.ones((2, 3)), nd.ones((4, 3)), nd.zeros((4,)), num_hidden=4).shape
    (2, 4)
    """
def GridGenerator(data: NDArray, transform_type: str, target_shape: tuple[int, ...] = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Where `BilinearSampler` shall look: for each place of the result an x and a y between -1 and 1.

    Shapes: for ``'affine'`` data ``(batch, 6)``, the rows of a 2 x 3 matrix that takes ``(x, y, 1)`` of the result to
    x and y of the source, and the result ``(batch, 2, *target_shape)``; for ``'warp'`` data
    ``(batch, 2, height, width)``, how many elements to the right and down to look, and the result of the same shape.

    Differs from 1.9.1: an axis of length 1 lies at -1, where 1.9.1 divides by zero.

    >>> from mxnet import nd
    >>> still = nd.array([[1, 0, 0, 0, 1, 0]])
    >>> nd.GridGenerator(still, transform_type='affine', target_shape=(1, 3)).asnumpy().tolist()
    [[[[-1.0, 0.0, 1.0]], [[-1.0, -1.0, -1.0]]]]
    """
def GroupNorm(data: NDArray, gamma: NDArray, beta: NDArray, num_groups: int = ..., eps: float = ..., output_mean_var: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """``(x - mean) / sqrt(var + eps) * gamma + beta`` for each instance and group of channels.

    Shapes: data ``(batch, channels, ...)``; gamma and beta ``(num_groups,)``, one for each group as in 1.9.1.
    ``output_mean_var`` also returns the mean and ``sqrt(var + eps)``, each ``(batch, num_groups)``.

    Source: Wu and He, arXiv:1803.08494.
    """
def IdentityAttachKLSparseReg(data: NDArray, moving_avg: NDArray, sparseness_target: float = ..., penalty: float = ..., momentum: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The value itself; its gradient pulls the mean activity of each unit towards ``sparseness_target``.

    Shapes: data ``(..., units)``, activities between 0 and 1; moving_avg ``(units,)``, which ``backward`` moves:
    ``moving_avg = momentum * moving_avg + (1 - momentum) * mean``. The gradient of ``penalty`` times the
    Kullback-Leibler divergence, ``penalty * ((1 - target) / (1 - moving_avg) - target / moving_avg)``, is added to
    what comes from behind.

    Differs from 1.9.1, whose ``nd`` has no way to hand moving_avg over.
    """
def InstanceNorm(data: NDArray, gamma: NDArray, beta: NDArray, eps: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``(x - mean) / sqrt(var + eps) * gamma + beta`` for each instance and channel.

    Shapes: data ``(batch, channels, ...)``; gamma and beta ``(channels,)``.
    """
def L2Normalization(data: NDArray, eps: float = ..., mode: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x / sqrt(sum(x**2) + eps)``.

    ``mode``: the sum runs over each instance, over axis 1 (``channel``) or over the axes behind it (``spatial``).
    """
def LRN(data: NDArray, alpha: float = ..., beta: float = ..., knorm: float = ..., nsize: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x / (knorm + alpha / nsize * sum(x**2))**beta`` with the sum over ``nsize`` channels around each.

    Shapes: data ``(batch, channels, height, width)``. An even ``nsize`` sums over one channel less, as in 1.9.1.

    Source: Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural Networks (2012).

    >>> from mxnet import nd
    >>> nd.LRN(nd.full((1, 1, 1, 1), 3), nsize=1, alpha=1, beta=0.5, knorm=0).asnumpy().tolist()
    [[[[1.0]]]]
    """
def LayerNorm(data: NDArray, gamma: NDArray, beta: NDArray, axis: int = ..., eps: float = ..., output_mean_var: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """``(x - mean) / sqrt(var + eps) * gamma + beta`` with mean and variance along ``axis``.

    Shapes: data ``(..., n, ...)`` with n at ``axis``; gamma and beta ``(n,)``.
    ``output_mean_var`` also returns the mean and ``sqrt(var + eps)``, with that axis of length 1.

    Source: Ba et al., arXiv:1607.06450.
    """
def LeakyReLU(data: NDArray, gamma: NDArray | None = ..., act_type: str = ..., slope: float = ..., lower_bound: float = ..., upper_bound: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """The activations that let something through below 0.

    ``leaky``: slope * x; ``elu``: slope * (exp(x) - 1); ``selu``: the self-normalising elu (arXiv:1706.02515);
    ``gelu``: x * Phi(x), everywhere; ``prelu``: gamma * x, one gamma or one for each channel (axis 1);
    ``rrelu``: a slope drawn between the bounds when training, their mean otherwise (returned as second output).
    """
def LinearRegressionOutput(data: NDArray, label: NDArray, grad_scale: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The value itself; its gradient is ``x - label``, times ``grad_scale`` over the number of outputs of an example."""
def LogisticRegressionOutput(data: NDArray, label: NDArray, grad_scale: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``sigmoid(x)``; its gradient is ``sigmoid(x) - label``, times ``grad_scale`` over the number of outputs of an example."""
def MAERegressionOutput(data: NDArray, label: NDArray, grad_scale: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The value itself; its gradient is 1 where x > label and -1 elsewhere, times ``grad_scale`` over the number of outputs of an example."""
def MakeLoss(data: NDArray, grad_scale: float = ..., valid_thresh: float = ..., normalization: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x``, copied, as the end of a network: its gradient is ``grad_scale``, whatever is computed from it.

    Parameters
    ----------
    normalization : ``'batch'`` divides the gradient by the length of the first of several axes, ``'valid'`` by the
        number of elements above ``valid_thresh`` (at least 1), ``'null'`` by nothing.
    """
def Pad(data: NDArray, mode: str, pad_width: tuple[int, ...], constant_value: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """More elements around the array: ``pad_width`` has two entries (before, after) for each axis.

    ``mode``: ``'constant'``, ``'edge'`` (the outermost element) or ``'reflect'``.
    Differs from 1.9.1: any number of axes, and all of them, can be padded.
    """
def Pooling(data: NDArray, kernel: tuple[int, ...] = ..., pool_type: str = ..., global_pool: bool = ..., cudnn_off: bool = ..., pooling_convention: str = ..., stride: tuple[int, ...] = ..., pad: tuple[int, ...] = ..., p_value: int | None = ..., count_include_pad: bool | None = ..., layout: str | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Each window of data reduced to its maximum, average, sum or root of the sum of powers.

    Shapes: data ``(batch, channels, *size)`` with one to three lengths of ``size``; the result
    ``(batch, channels, *out)`` with ``out = (size + 2 * pad - kernel) / stride + 1``.

    Parameters
    ----------
    kernel, stride, pad : one number for each length of ``size``; steps of 1 and no padding by default.
    pool_type : ``'max'``, ``'avg'``, ``'sum'`` or ``'lp'``, the ``p_value``-th root of the sum of those powers
        (``p_value`` 1, 2 or 3, of the values and not of their sizes).
    global_pool : one window over everything; kernel, stride and pad are ignored.
    pooling_convention : rounding of ``out``: ``'valid'`` down, ``'full'`` up, with a last window that runs over the
        end; ``'same'``: ``out = size / stride`` rounded up, without padding.
    count_include_pad : whether averages divide by all elements of the window or by those of data alone.
    layout : the order of the axes, such as ``'NCHW'`` (the default) and ``'NHWC'``.
    cudnn_off : accepted and without effect: PyTorch chooses the kernels.

    Raises
    ------
    MXNetError : an attribute is unknown or does not fit data; a window of padding alone for the maximum or the average
        of float32 with channels first (1.9.1 has no such check in other types and layouts, where their maximum is the
        lowest number of the type).

    Differs from 1.9.1: nan in a window makes its maximum nan, where 1.9.1 passes over it; ``'same'`` takes two and
    three lengths as well.

    >>> from mxnet import nd
    >>> x = nd.arange(16).reshape((1, 1, 4, 4))
    >>> nd.Pooling(x, kernel=(2, 2), stride=(2, 2)).asnumpy().tolist()
    [[[[5.0, 7.0], [13.0, 15.0]]]]
    """
def Pooling_v1(data: NDArray, kernel: tuple[int, ...] = ..., pool_type: str = ..., global_pool: bool = ..., pooling_convention: str = ..., stride: tuple[int, ...] = ..., pad: tuple[int, ...] = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """`Pooling` as it was before 1.0: padding is zeros for the maximum, too, and averages divide by the whole kernel.

    Each of several equal maxima receives the whole gradient.

    >>> from mxnet import nd
    >>> nd.Pooling_v1(nd.array([[[[-2, -1]]]]), kernel=(1, 2), pad=(0, 1)).asnumpy().tolist()
    [[[[0.0, -1.0, 0.0]]]]
    """
def RNN(data: NDArray, parameters: NDArray, state: NDArray, state_cell: NDArray | None = ..., sequence_length: NDArray | None = ..., state_size: int = ..., num_layers: int = ..., bidirectional: bool = ..., mode: str = ..., p: float = ..., state_outputs: bool = ..., projection_size: int | None = ..., lstm_state_clip_min: float | None = ..., lstm_state_clip_max: float | None = ..., lstm_state_clip_nan: bool = ..., use_sequence_length: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """Layers of recurrent cells, each going over the sequence of outputs of the one before.

    ``rnn_relu``, ``rnn_tanh``: ``h' = f(W x + b + R h + r)``. ``lstm`` (gates i, f, g, o):
    ``c' = sigmoid(f) * c + sigmoid(i) * tanh(g)``, ``h' = sigmoid(o) * tanh(c')``. ``gru`` (gates r, z, n):
    ``n = tanh(W x + b + sigmoid(r) * (R h + r))``, ``h' = (1 - sigmoid(z)) * n + sigmoid(z) * h``.

    Shapes: data ``(steps, batch, features)``; state ``(num_layers * directions, batch, state_size)`` and, for the
    LSTM alone, state_cell of the same shape; the result ``(steps, batch, directions * state_size)``, with
    ``state_outputs`` followed by the last state (and cell). parameters ``(count,)``: for each layer and direction the
    weights W ``(gates * state_size, features)`` and R ``(gates * state_size, state_size)``, after all of them for each
    layer and direction the biases b and r.

    Parameters
    ----------
    bidirectional : a second cell in each layer goes backwards; the next layer sees both outputs.
    p : in training mode the fraction of the outputs of every layer but the last that is dropped.
    projection_size : LSTM outputs and states are multiplied with a third weight ``(projection_size, state_size)``
        and have that size.
    lstm_state_clip_min, lstm_state_clip_max : LSTM cells are kept between them, in every step.
    lstm_state_clip_nan : whether nan in a cell becomes the least value.
    use_sequence_length : sequence_length ``(batch,)`` says how many steps count; outputs behind them are 0, the last
        state is that of the last step that counts, and the way back begins there.

    Raises
    ------
    MXNetError : an array does not have the shape that follows from data and the attributes.

    Differs from 1.9.1: clipping, sequence lengths, dropout in float32 and gradients of projections, all of which 1.9.1
    has on GPUs alone (on CPUs it passes over the first three without a word), work everywhere.

    >>> from mxnet import nd
    >>> x, state = nd.ones((5, 2, 3)), nd.zeros((1, 2, 4))
    >>> count = 4 * (3 + 4) + 2 * 4
    >>> nd.RNN(x, nd.zeros(count), state, state_size=4, num_layers=1, mode='rnn_tanh').shape
    (5, 2, 4)
    """
def ROIPooling(data: NDArray, rois: NDArray, pooled_size: tuple[int, ...], spatial_scale: float, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The maximum over each cell of a grid that is laid over each region of interest.

    Shapes: data ``(batch, channels, height, width)``; rois ``(regions, 5)``, each the number of an image and x, y of
    its first and last corner; the result ``(regions, channels, *pooled_size)``. Regions have no gradient.

    Parameters
    ----------
    spatial_scale : what the corners are multiplied with, and rounded, to be elements of data; at most 1.

    Cells without elements, and regions of images that are not there, are 0.

    Source: Girshick, Fast R-CNN, arXiv:1504.08083.

    >>> from mxnet import nd
    >>> x, regions = nd.arange(16).reshape((1, 1, 4, 4)), nd.array([[0, 0, 0, 3, 1]])
    >>> nd.ROIPooling(x, regions, pooled_size=(1, 2), spatial_scale=1).asnumpy().tolist()
    [[[[5.0, 7.0]]]]
    """
def Reshape(data: NDArray, shape: tuple[int, ...] = ..., reverse: bool = ..., target_shape: Any = ..., keep_highest: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The same elements under another shape, copied; the codes are those of `NDArray.reshape`.

    >>> from mxnet import nd
    >>> nd.reshape(nd.arange(6), shape=(2, -1)).shape
    (2, 3)
    """
def SVMOutput(data: NDArray, label: NDArray, margin: float = ..., regularization_coefficient: float = ..., use_linear: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The value itself; its gradient is that of a hinge loss, squared or, with ``use_linear``, as it is.

    The loss is the sum of ``max(0, margin - x)`` over the scores of the labelled classes and of
    ``max(0, margin + x)`` over all others, times ``regularization_coefficient``; each term is squared by default.

    Shapes: data ``(..., classes)``, label ``(...)``.
    """
def SequenceLast(data: NDArray, sequence_length: NDArray | None = ..., use_sequence_length: bool = ..., axis: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The last step of each sequence; axis 0 is time and 1 the batch, or the reverse."""
def SequenceMask(data: NDArray, sequence_length: NDArray | None = ..., use_sequence_length: bool = ..., value: float = ..., axis: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``data`` with ``value`` behind the end of each sequence; axis 0 is time and 1 the batch, or the reverse."""
def SequenceReverse(data: NDArray, sequence_length: NDArray | None = ..., use_sequence_length: bool = ..., axis: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Each sequence from its last step to its first, what is behind its end as it was; axis 0 is time."""
def SliceChannel(data: NDArray, num_outputs: int, axis: int = ..., squeeze_axis: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """``num_outputs`` equal parts along ``axis``, as a list (a single part is no list).

    ``squeeze_axis`` takes the axis away where the parts have length 1 there.
    """
def Softmax(data: NDArray, label: NDArray, grad_scale: float = ..., ignore_label: float = ..., multi_output: bool = ..., use_ignore: bool = ..., preserve_shape: bool = ..., normalization: str = ..., out_grad: bool = ..., smooth_alpha: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """`softmax`; its gradient is that of the cross-entropy with ``label``: ``softmax(x) - one_hot(label)``.

    Shapes: data ``(batch, classes)`` and label ``(batch,)``; with ``multi_output`` data ``(batch, classes, ...)`` and
    label ``(batch, ...)``; with ``preserve_shape`` classes last; or label of data's shape, as probabilities.

    Parameters
    ----------
    grad_scale : the gradient is multiplied by it.
    use_ignore, ignore_label : examples with that label have no gradient.
    normalization : divide the gradient by 1 (``'null'``), the batch size (``'batch'``) or the number of
        examples that are not ignored (``'valid'``); with ``multi_output`` the first two also by the positions.
    out_grad : multiply by the head gradient, which is otherwise taken as 1.
    smooth_alpha : label smoothing: that much of the label's probability is spread over the other classes.
    """
def SoftmaxActivation(data: NDArray, mode: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """`softmax` over everything but the first axis (``instance``) or over axis 1 (``channel``); an old form."""
def SoftmaxOutput(data: NDArray, label: NDArray, grad_scale: float = ..., ignore_label: float = ..., multi_output: bool = ..., use_ignore: bool = ..., preserve_shape: bool = ..., normalization: str = ..., out_grad: bool = ..., smooth_alpha: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """`softmax`; its gradient is that of the cross-entropy with ``label``: ``softmax(x) - one_hot(label)``.

    Shapes: data ``(batch, classes)`` and label ``(batch,)``; with ``multi_output`` data ``(batch, classes, ...)`` and
    label ``(batch, ...)``; with ``preserve_shape`` classes last; or label of data's shape, as probabilities.

    Parameters
    ----------
    grad_scale : the gradient is multiplied by it.
    use_ignore, ignore_label : examples with that label have no gradient.
    normalization : divide the gradient by 1 (``'null'``), the batch size (``'batch'``) or the number of
        examples that are not ignored (``'valid'``); with ``multi_output`` the first two also by the positions.
    out_grad : multiply by the head gradient, which is otherwise taken as 1.
    smooth_alpha : label smoothing: that much of the label's probability is spread over the other classes.
    """
def SpatialTransformer(data: NDArray, loc: NDArray, target_shape: tuple[int, ...] = ..., transform_type: str = ..., sampler_type: str = ..., cudnn_off: bool | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Images under an affine map each: `BilinearSampler` on the grid of `GridGenerator`.

    Shapes: data ``(batch, channels, height, width)``; loc ``(batch, 6)``; the result
    ``(batch, channels, *target_shape)``.

    Source: Jaderberg et al., arXiv:1506.02025.

    >>> from mxnet import nd
    >>> x, mirror = nd.array([[[[0, 1, 2]]]]), nd.array([[-1, 0, 0, 0, 1, 0]])
    >>> call = dict(transform_type='affine', sampler_type='bilinear')
    >>> nd.SpatialTransformer(x, mirror, target_shape=(1, 3), **call).asnumpy().tolist()
    [[[[2.0, 1.0, 0.0]]]]
    """
def SwapAxis(data: NDArray, dim1: int = ..., dim2: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Two axes exchanged, copied."""
def UpSampling(*data: NDArray, scale: int, num_filter: int = ..., sample_type: str = ..., multi_input_mode: str = ..., num_args: int = ..., workspace: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Images made ``scale`` times as high and wide.

    Shapes: data ``(batch, channels, height, width)``; the result ``(batch, channels, scale * height, scale * width)``.

    Parameters
    ----------
    sample_type : ``'nearest'`` repeats elements; ``'bilinear'`` takes data and a weight of shape
        ``(channels, 1, k, k)`` with ``k = 2 * scale - scale % 2``, and is their `Deconvolution` channel by channel;
        a weight from ``init.Bilinear`` interpolates.
    multi_input_mode : what becomes of several arrays, each repeated up to the size of the first result: ``'concat'``
        puts their channels one behind the other, ``'sum'`` adds them.
    num_filter : the channels, for ``'bilinear'``.
    num_args, workspace : accepted and without effect.

    Raises
    ------
    MXNetError : an attribute is unknown, or the arrays do not fit each other.

    >>> from mxnet import nd
    >>> nd.UpSampling(nd.array([[[[1, 2]]]]), scale=2, sample_type='nearest').asnumpy().tolist()
    [[[[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0]]]]
    """
def abs(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``|x|``, element by element, in the type of the array."""
def adam_update(weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, lr: float, beta1: float = ..., beta2: float = ..., epsilon: float = ..., wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., lazy_update: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Adam: ``weight - lr * mean / (sqrt(var) + epsilon)``, after ``mean = beta1 * mean + (1 - beta1) * g`` and

    ``var = beta2 * var + (1 - beta2) * g**2``, where ``g = clip(rescale_grad * grad + wd * weight)``. The correction
    of the bias belongs to ``lr``: multiply it by ``sqrt(1 - beta2**t) / (1 - beta1**t)``.

    Source: Kingma and Ba, arXiv:1412.6980.

    >>> weight, mean, var = nd.array([1.0]), nd.zeros(1), nd.zeros(1)
    >>> step = nd.adam_update(weight, nd.array([8.0]), mean, var, lr=0.25, beta1=0.5, beta2=0.75, epsilon=0)
    >>> step.asscalar().item(), mean.asscalar().item(), var.asscalar().item()
    (0.75, 4.0, 16.0)
    """
def add_n(*args: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The sum of any number of arrays of one shape.

    >>> from mxnet import nd
    >>> nd.add_n(nd.ones((2,)), nd.ones((2,)), nd.ones((2,))).asnumpy().tolist()
    [3.0, 3.0]
    """
def all_finite(data: NDArray, init_output: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """1 if no element is infinite or nan, else 0, with shape ``(1,)``.

    >>> from mxnet import nd
    >>> nd.all_finite(nd.array([1, float("nan")])).asscalar().item()
    0.0
    """
def amp_cast(data: NDArray, dtype: str, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Floats as another floating type, copied; other arrays as they are, copied."""
def amp_multicast(*data: NDArray, num_outputs: int, cast_narrow: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """All arrays as the widest of their floating types (the narrowest with ``cast_narrow``), copied."""
def arccos(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``the angle in [0, pi] whose cosine is x``, element by element, in the type of the array."""
def arccosh(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``the number >= 0 whose cosh is x``, element by element, in the type of the array."""
def arcsin(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``the angle in [-pi/2, pi/2] whose sine is x``, element by element, in the type of the array."""
def arcsinh(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``the number whose sinh is x``, element by element, in the type of the array."""
def arctan(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``the angle in (-pi/2, pi/2) whose tangent is x``, element by element, in the type of the array."""
def arctanh(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``the number whose tanh is x``, element by element, in the type of the array."""
def argmax(data: NDArray, axis: int | None = ..., keepdims: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The position of the (first) largest element along ``axis``; without axis, in reading order. nan wins.

    The positions have the type of the array: float32 for most, exact up to 16,777,216.

    >>> from mxnet import nd
    >>> nd.array([[1, 3, 2], [5, 4, 5]]).argmax(axis=1).asnumpy().tolist()
    [1.0, 0.0]
    """
def argmax_channel(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The position of the (first) largest element along axis 1: ``(n, c, ...)`` gives ``(n, ...)``."""
def argmin(data: NDArray, axis: int | None = ..., keepdims: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The position of the (first) smallest element along ``axis``; without axis, in reading order. nan wins."""
def argsort(data: NDArray, axis: int | None = ..., is_ascend: bool = ..., dtype: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Where the elements in order come from: their positions along ``axis``, as ``dtype``.

    With ``axis=None``, positions in reading order, with shape ``(size,)``.

    >>> from mxnet import nd
    >>> nd.array([3, 1, 2]).argsort().asnumpy().tolist()
    [1.0, 2.0, 0.0]
    """
def batch_dot(lhs: NDArray, rhs: NDArray, transpose_a: bool = ..., transpose_b: bool = ..., forward_stype: str | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """One matrix product per batch: ``(*batch, n, k) . (*batch, k, m) -> (*batch, n, m)``.

    >>> from mxnet import nd
    >>> nd.batch_dot(nd.ones((2, 1, 4)), nd.ones((2, 4, 6))).shape
    (2, 1, 6)
    """
def batch_take(a: NDArray, indices: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``out[i] = a[i, indices[i]]``, indices int32; an old name for `pick`."""
def broadcast_add(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs + rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_axes(data: NDArray, axis: int | tuple[int, ...] = ..., size: int | tuple[int, ...] = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Axes of length 1 repeated ``size`` times."""
def broadcast_axis(data: NDArray, axis: int | tuple[int, ...] = ..., size: int | tuple[int, ...] = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Axes of length 1 repeated ``size`` times."""
def broadcast_div(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs / rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_equal(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs == rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_greater(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs > rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_greater_equal(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs >= rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_hypot(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``sqrt(lhs**2 + rhs**2)``, element by element, axes of length 1 repeated to fit."""
def broadcast_lesser(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs < rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_lesser_equal(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs <= rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_like(lhs: NDArray, rhs: NDArray, lhs_axes: tuple[int, ...] | None = ..., rhs_axes: tuple[int, ...] | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs`` broadcast to the shape of ``rhs``, or along ``lhs_axes`` to the lengths of its ``rhs_axes``."""
def broadcast_logical_and(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs and rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_logical_or(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs or rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_logical_xor(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs xor rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_maximum(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``max(lhs, rhs)``, element by element, axes of length 1 repeated to fit."""
def broadcast_minimum(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``min(lhs, rhs)``, element by element, axes of length 1 repeated to fit."""
def broadcast_minus(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs - rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_mod(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs % rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_mul(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs * rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_not_equal(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs != rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_plus(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs + rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_power(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs ** rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_sub(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs - rhs``, element by element, axes of length 1 repeated to fit."""
def broadcast_to(data: NDArray, shape: tuple[int, ...], out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Axes of length 1 repeated up to ``shape``, where 0 keeps the length; copied."""
def cast(data: NDArray, dtype: str, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The elements as another type, copied; see `NDArray.astype`.

    Floats lose what is behind the point on their way to integers, and wrap around: 300 is 44 as uint8. What is too
    large for int32, nan included, becomes -2147483648.

    Differs from 1.9.1: no gradient goes through an integer type.

    >>> from mxnet import nd
    >>> nd.cast(nd.array([1.7, -1.7, 300]), dtype="uint8").asnumpy().tolist()
    [1, 255, 44]
    """
def cast_storage(data: NDArray, stype: str, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """A copy in the storage ``stype``: ``'default'``, which is dense, is the one there is.

    Raises
    ------
    NotImplementedError : ``stype`` is ``'row_sparse'`` or ``'csr'``.
    MXNetError : ``stype`` is no storage.
    """
def cbrt(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``the cube root of x``, element by element, in the type of the array."""
def ceil(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``the smallest whole number >= x``, element by element, in the type of the array."""
def choose_element_0index(data: NDArray, index: NDArray, axis: int | None = ..., keepdims: bool = ..., mode: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """One element of ``data`` along ``axis`` for each position: ``out[i] = data[i, index[i]]``.

    Shapes: data ``(*a, n, *b)``, index ``(*a, *b)`` or ``(*a, 1, *b)``; the result has the shape of the first,
    with ``keepdims`` of the second.

    >>> from mxnet import nd
    >>> nd.pick(nd.array([[1, 2], [3, 4]]), nd.array([0, 1])).asnumpy().tolist()
    [1.0, 4.0]
    """
def clip(data: NDArray, a_min: float, a_max: float, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``min(max(x, a_min), a_max)``; the gradient is 1 from ``a_min`` to ``a_max``, both included, else 0.

    >>> from mxnet import nd
    >>> nd.clip(nd.array([1, 5]), 2, 3).asnumpy().tolist()
    [2.0, 3.0]
    """
def col2im(data: NDArray, output_size: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...] = ..., dilate: tuple[int, ...] = ..., pad: tuple[int, ...] = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The columns of `im2col` added up at the places that they came from.

    Shapes: data ``(batch, channels * prod(kernel), windows)``; the result ``(batch, channels, *output_size)``.

    >>> from mxnet import nd
    >>> nd.col2im(nd.ones((1, 2, 3)), output_size=(4,), kernel=(2,)).asnumpy().tolist()
    [[[1.0, 2.0, 2.0, 1.0]]]
    """
def concat(*data: NDArray, dim: int = ..., num_args: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Arrays one behind the other along ``dim``; the other axes have equal lengths.

    >>> from mxnet import nd
    >>> nd.concat(nd.ones((2, 3)), nd.zeros((2, 1)), dim=1).shape
    (2, 4)
    """
def cos(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``cos(x), x in radians``, element by element, in the type of the array."""
def cosh(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``(e**x + e**-x) / 2``, element by element, in the type of the array."""
def crop(data: NDArray, begin: Any, end: Any, step: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The elements from ``begin`` to ``end`` by ``step``, one entry (or None) for each leading axis.

    >>> from mxnet import nd
    >>> nd.slice(nd.arange(4), begin=(None,), end=(None,), step=(-1,)).asnumpy().tolist()
    [3.0, 2.0, 1.0, 0.0]
    """
def ctc_loss(data: NDArray, label: NDArray, data_lengths: NDArray | None = ..., label_lengths: NDArray | None = ..., use_data_lengths: bool = ..., use_label_lengths: bool = ..., blank_label: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Connectionist temporal classification: minus the logarithm of the probability of all ways to read the labels.

    Shapes: data ``(steps, batch, classes)``, before any softmax; label ``(batch, longest)``; data_lengths and
    label_lengths ``(batch,)``; the result ``(batch,)``.

    Parameters
    ----------
    use_data_lengths : data_lengths says how many steps of each sequence count; otherwise all.
    use_label_lengths : label_lengths says how many labels of each row count; otherwise those before the first
        padding.
    blank_label : ``'first'``: class 0 is the blank, labels lie between 1 and ``classes - 1``, padding is 0;
        ``'last'``: the last class is the blank, labels lie between 0 and ``classes - 2``, padding is -1.

    A sequence too short for its labels has loss 0 and no gradient, as in 1.9.1.

    Raises
    ------
    MXNetError : the arrays do not fit each other, or a label is no class.

    Source: Graves et al., Connectionist Temporal Classification (2006).

    >>> from mxnet import nd
    >>> nd.CTCLoss(nd.zeros((1, 1, 2)), nd.array([[1]]))
    <BLANKLINE>
    [0.6931472]
    <NDArray 1 @cpu(0)>
    """
def cumsum(a: NDArray, axis: int | None = ..., dtype: str | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Running sums along ``axis``; without it, of all elements in reading order, with shape ``(size,)``.

    ``dtype`` is the type of the result, and of its arithmetic (default: that of the array).

    >>> from mxnet import nd
    >>> nd.cumsum(nd.array([[1, 2], [3, 4]]), axis=0).asnumpy().tolist()
    [[1.0, 2.0], [4.0, 6.0]]
    """
def degrees(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``180 x / pi``, element by element, in the type of the array."""
def depth_to_space(data: NDArray, block_size: int, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``(n, b * b * c, h, w) -> (n, c, b * h, b * w)``: channels spread over blocks of ``b x b``."""
def diag(data: NDArray, k: int = ..., axis1: int = ..., axis2: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The ``k``-th diagonal of two axes; of a vector, the matrix that has it there."""
def dot(lhs: NDArray, rhs: NDArray, transpose_a: bool = ..., transpose_b: bool = ..., forward_stype: str | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Product over the last axis of ``lhs`` and the first of ``rhs``.

    Shapes: ``(n, k) . (k, m) -> (n, m)``; ``(k,) . (k,) -> (1,)``; in general ``(*a, k) . (k, *b) -> (*a, *b)``.
    ``transpose_a`` takes the first axis of ``lhs`` instead of the last, ``transpose_b`` the last of ``rhs``.

    >>> from mxnet import nd
    >>> nd.dot(nd.array([[1, 2], [3, 4]]), nd.array([1, 1])).asnumpy().tolist()
    [3.0, 7.0]
    """
def elemwise_add(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs + rhs``, element by element, for two arrays of one shape."""
def elemwise_div(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs / rhs``, element by element, for two arrays of one shape."""
def elemwise_mul(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs * rhs``, element by element, for two arrays of one shape."""
def elemwise_sub(lhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs - rhs``, element by element, for two arrays of one shape."""
def erf(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``2 / sqrt(pi) * the integral of e**-t**2 from 0 to x``, element by element, in the type of the array."""
def erfinv(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``the number whose erf is x``, element by element, in the type of the array."""
def exp(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``e**x``, element by element, in the type of the array."""
def expand_dims(data: NDArray, axis: int, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """A new axis of length 1 at ``axis``, copied."""
def expm1(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``e**x - 1, exact near 0``, element by element, in the type of the array."""
def fill_element_0index(lhs: NDArray, mhs: NDArray, rhs: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs`` with ``out[i, rhs[i]] = mhs[i]``."""
def fix(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x without what is behind the point``, element by element, in the type of the array."""
def flatten(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``(batch, ...)`` as ``(batch, product of the rest)``, copied."""
def flip(data: NDArray, axis: int | tuple[int, ...], out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The elements in reverse order along one or more axes."""
def floor(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``the largest whole number <= x``, element by element, in the type of the array."""
def ftml_update(weight: NDArray, grad: NDArray, d: NDArray, v: NDArray, z: NDArray, lr: float, beta1: float = ..., beta2: float = ..., epsilon: float = ..., t: int = ..., wd: float = ..., rescale_grad: float = ..., clip_grad: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Follow the moving leader, at the t-th update: ``v = beta2 * v + (1 - beta2) * g**2``,

    ``d' = (1 - beta1**t) / lr * (sqrt(v / (1 - beta2**t)) + epsilon)``,
    ``z = beta1 * z + (1 - beta1) * g - (d' - beta1 * d) * weight``, ``d = d'``; the result is ``-z / d``. Here
    ``g = clip(rescale_grad * grad + wd * weight)``.

    Source: Zheng and Kwok, Follow the moving leader in deep learning (2017).
    """
def ftrl_update(weight: NDArray, grad: NDArray, z: NDArray, n: NDArray, lr: float, lamda1: float = ..., beta: float = ..., wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Follow the regularised leader: ``z += g - (sqrt(n + g**2) - sqrt(n)) * weight / lr``, ``n += g**2``,

    ``(sign(z) * lamda1 - z) / ((beta + sqrt(n)) / lr + wd)`` where ``abs(z) > lamda1``, else 0.

    Parameters
    ----------
    lamda1 : strength of the L1 regularisation; weights below it become 0.
    beta : slows the first steps.

    Source: McMahan et al., Ad click prediction: a view from the trenches (2013).
    """
def gamma(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``the gamma function: (x - 1)! for whole x``, element by element, in the type of the array."""
def gammaln(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``log(|gamma(x)|)``, element by element, in the type of the array."""
def gather_nd(data: NDArray, indices: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``out[i] = data[indices[0, i], indices[1, i], ...]``.

    Shapes: data ``(d0, ..., dn)``, indices ``(m, *i)`` with ``m`` leading axes indexed; result ``(*i, dm, ..., dn)``.

    >>> from mxnet import nd
    >>> nd.gather_nd(nd.array([[1, 2], [3, 4]]), nd.array([[0, 1], [1, 0]])).asnumpy().tolist()
    [2.0, 3.0]
    """
def hard_sigmoid(data: NDArray, alpha: float = ..., beta: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``min(max(alpha * x + beta, 0), 1)``.

    >>> from mxnet import nd
    >>> nd.hard_sigmoid(nd.array([-10, 0, 10])).asnumpy().tolist()
    [0.0, 0.5, 1.0]
    """
def identity(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x``, element by element, in the type of the array."""
def im2col(data: NDArray, kernel: tuple[int, ...], stride: tuple[int, ...] = ..., dilate: tuple[int, ...] = ..., pad: tuple[int, ...] = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Every window that a convolution looks at, as a column.

    Shapes: data ``(batch, channels, *size)`` with one to three lengths of ``size``; the result
    ``(batch, channels * prod(kernel), windows)``. A convolution is the product of its weight, one row for each
    filter, with these columns.

    >>> from mxnet import nd
    >>> nd.im2col(nd.arange(4).reshape((1, 1, 4)), kernel=(2,)).asnumpy().tolist()
    [[[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]]
    """
def khatri_rao(*args: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Column by column the Kronecker product of matrices with the same number of columns."""
def lamb_update_phase1(weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, beta1: float = ..., beta2: float = ..., epsilon: float = ..., t: int = ..., bias_correction: bool = ..., wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """LAMB, first half: the direction ``m / (sqrt(v) + epsilon) + wd * weight`` of the t-th update.

    m and v are the averages of Adam, ``mean`` and ``var``, with ``bias_correction`` divided by ``1 - beta1**t`` and
    ``1 - beta2**t``. `lamb_update_phase2` makes the step.

    Source: You et al., arXiv:1904.00962.
    """
def lamb_update_phase2(weight: NDArray, g: NDArray, r1: NDArray, r2: NDArray, lr: float, lower_bound: float = ..., upper_bound: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """LAMB, second half: ``weight - lr * r1 / r2 * g``.

    Shapes: r1 and r2 ``(1,)``, the norms of the weight and of the direction g; where one is 0, the factor is ``lr``.

    Parameters
    ----------
    lower_bound, upper_bound : limits of ``r1``, where they are not negative.

    Source: You et al., arXiv:1904.00962.
    """
def linalg_det(A: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The determinant. Where it is 0, so is its gradient, as in 1.9.1.

    Shapes: A ``(*batch, n, n)``; the result ``(*batch,)``, for one matrix ``(1,)``.

    >>> nd.linalg.det(nd.array([[1, 4], [2, 3]]))
    <BLANKLINE>
    [-5.]
    <NDArray 1 @cpu(0)>
    """
def linalg_extractdiag(A: NDArray, offset: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The diagonal ``offset`` places above (below: negative) the main one.

    Shapes: A ``(*batch, n, n)``; the result ``(*batch, n - abs(offset))``.

    Raises
    ------
    MXNetError : A is not square, or there is no such diagonal.

    >>> nd.linalg.extractdiag(nd.array([[1, 2], [3, 4]]), offset=1)
    <BLANKLINE>
    [2.]
    <NDArray 1 @cpu(0)>
    """
def linalg_extracttrian(A: NDArray, offset: int = ..., lower: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The elements of a triangle: a lower one row by row, an upper one column by column.

    Shapes: A ``(*batch, n, n)``; the result ``(*batch, k * (k + 1) / 2)`` with ``k = n - abs(offset)``.

    Parameters
    ----------
    offset : 0 takes the main diagonal with the triangle under it, or with ``lower=False`` over it; above 0, the
        diagonal that far above and all over it; below 0, the diagonal that far below and all under it.
    lower : counts for offset 0 alone.

    Raises
    ------
    MXNetError : A is not square, or there is no such diagonal.

    >>> A = nd.array([[1, 2], [3, 4]])
    >>> nd.linalg.extracttrian(A).asnumpy().tolist(), nd.linalg.extracttrian(A, offset=1).asnumpy().tolist()
    ([1.0, 3.0, 4.0], [2.0])
    """
def linalg_gelqf(A: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """LQ: Q with orthonormal rows and a lower triangle L with ``L @ Q = A``; returns ``[Q, L]``.

    Shapes: A and Q ``(*batch, n, m)`` with n <= m; L ``(*batch, n, n)``. The rank of A is n.

    Raises
    ------
    MXNetError : A has more rows than columns.

    >>> Q, L = nd.linalg.gelqf(nd.array([[3, 4]]))
    >>> L.asscalar().item()
    -5.0
    """
def linalg_gemm(A: NDArray, B: NDArray, C: NDArray, transpose_a: bool = ..., transpose_b: bool = ..., alpha: float = ..., beta: float = ..., axis: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``alpha * op(A) @ op(B) + beta * C``, where ``op`` transposes on demand.

    Shapes: op(A) ``(*batch, n, k)``, op(B) ``(*batch, k, m)``, C and the result ``(*batch, n, m)``.

    Parameters
    ----------
    transpose_a, transpose_b : transpose A, B.
    alpha, beta : factors of the product and of C.
    axis : where the rows of all matrices are; the columns are in the last axis.

    Raises
    ------
    MXNetError : the shapes do not fit, or an array is not of floating point.

    >>> A, B = nd.ones((2, 3)), nd.ones((3, 4))
    >>> nd.linalg.gemm(A, B, nd.ones((2, 4)), alpha=2, beta=10)
    <BLANKLINE>
    [[16. 16. 16. 16.]
     [16. 16. 16. 16.]]
    <NDArray 2x4 @cpu(0)>
    """
def linalg_gemm2(A: NDArray, B: NDArray, transpose_a: bool = ..., transpose_b: bool = ..., alpha: float = ..., axis: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``alpha * op(A) @ op(B)``, where ``op`` transposes on demand; see `gemm`.

    >>> nd.linalg.gemm2(nd.ones((5, 2, 3)), nd.ones((5, 4, 3)), transpose_b=True).shape
    (5, 2, 4)
    """
def linalg_inverse(A: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The inverse: ``A @ inverse(A) = 1``.

    Shapes: A and the result ``(*batch, n, n)``.

    Raises
    ------
    MXNetError : A is singular.

    >>> nd.linalg.inverse(nd.array([[2, 0], [0, 4]]))
    <BLANKLINE>
    [[0.5  0.  ]
     [0.   0.25]]
    <NDArray 2x2 @cpu(0)>
    """
def linalg_makediag(A: NDArray, offset: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Matrices of zeros with A on the diagonal ``offset`` places above (below: negative) the main one.

    Shapes: A ``(*batch, n)``; the result ``(*batch, n + abs(offset), n + abs(offset))``.

    >>> nd.linalg.makediag(nd.array([1, 2]))
    <BLANKLINE>
    [[1. 0.]
     [0. 2.]]
    <NDArray 2x2 @cpu(0)>
    """
def linalg_maketrian(A: NDArray, offset: int = ..., lower: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Matrices of zeros with the elements of A in a triangle: what `extracttrian` takes out.

    Shapes: A ``(*batch, k * (k + 1) / 2)``; the result ``(*batch, n, n)`` with ``n = k + abs(offset)``.

    Parameters
    ----------
    offset, lower : as for `extracttrian`.

    Raises
    ------
    MXNetError : the length of the last axis is not 1, 3, 6, 10, ...

    >>> nd.linalg.maketrian(nd.array([1, 2, 3]))
    <BLANKLINE>
    [[1. 0.]
     [2. 3.]]
    <NDArray 2x2 @cpu(0)>
    """
def linalg_potrf(A: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Cholesky: the lower triangle L with a positive diagonal and ``L @ L.T = A``.

    Shapes: A and L ``(*batch, n, n)``. A is symmetric and positive definite; its upper half is not read, and its
    gradient is symmetric.

    Raises
    ------
    MXNetError : A is not positive definite.

    >>> nd.linalg.potrf(nd.array([[4, 2], [2, 5]]))
    <BLANKLINE>
    [[2. 0.]
     [1. 2.]]
    <NDArray 2x2 @cpu(0)>
    """
def linalg_potri(A: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``inverse(A @ A.T)`` of a lower triangle A, which `potrf` makes: the inverse of the matrix that it factored.

    Shapes: A and the result ``(*batch, n, n)``. The upper half of A is not read.

    Raises
    ------
    MXNetError : a zero stands on the diagonal.

    >>> nd.linalg.potri(nd.array([[2, 0], [0, 4]]))
    <BLANKLINE>
    [[0.25   0.    ]
     [0.     0.0625]]
    <NDArray 2x2 @cpu(0)>
    """
def linalg_slogdet(A: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """Sign of the determinant and logarithm of its magnitude; returns ``[sign, logabsdet]``.

    Shapes: A ``(*batch, n, n)``; both results ``(*batch,)``, for one matrix ``(1,)``. A singular matrix has sign 0,
    logarithm ``-inf`` and gradient 0; the sign has gradient 0 everywhere.

    >>> sign, logabsdet = nd.linalg.slogdet(nd.array([[0, 1], [1, 0]]))
    >>> sign.asscalar().item(), logabsdet.asscalar().item()
    (-1.0, 0.0)
    """
def linalg_sumlogdiag(A: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Sum of the logarithms of the diagonal; for the L of `potrf` half the logarithm of the determinant.

    Shapes: A ``(*batch, n, n)``; the result ``(*batch,)``, for one matrix ``(1,)``.

    >>> nd.linalg.sumlogdiag(nd.array([[1, 1], [0, 1]]))
    <BLANKLINE>
    [0.]
    <NDArray 1 @cpu(0)>
    """
def linalg_syrk(A: NDArray, transpose: bool = ..., alpha: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``alpha * A @ A.T``, or ``alpha * A.T @ A`` with ``transpose``.

    Shapes: A ``(*batch, n, m)``; the result ``(*batch, n, n)``, with ``transpose`` ``(*batch, m, m)``.

    >>> nd.linalg.syrk(nd.array([[1, 2, 3]]))
    <BLANKLINE>
    [[14.]]
    <NDArray 1x1 @cpu(0)>
    """
def linalg_trmm(A: NDArray, B: NDArray, transpose: bool = ..., rightside: bool = ..., lower: bool = ..., alpha: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``alpha * op(A) @ B`` with a triangular A, or ``alpha * B @ op(A)`` with ``rightside``.

    Shapes: A ``(*batch, n, n)``; B and the result ``(*batch, n, m)``, with ``rightside`` ``(*batch, m, n)``.

    Parameters
    ----------
    transpose : transpose A.
    rightside : A stands on the right.
    lower : A is a lower triangle, else an upper one; the other half of A is not read.
    alpha : factor of the product.

    Raises
    ------
    MXNetError : the shapes do not fit, or an array is not of floating point.

    >>> nd.linalg.trmm(nd.array([[1, 9], [2, 3]]), nd.array([[1, 0], [0, 1]]))
    <BLANKLINE>
    [[1. 0.]
     [2. 3.]]
    <NDArray 2x2 @cpu(0)>
    """
def linalg_trsm(A: NDArray, B: NDArray, transpose: bool = ..., rightside: bool = ..., lower: bool = ..., alpha: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The X of ``op(A) @ X = alpha * B`` with a triangular A, or of ``X @ op(A) = alpha * B``: the inverse of `trmm`.

    Shapes, parameters and errors are those of `trmm`. A zero on the diagonal gives infinities.

    >>> nd.linalg.trsm(nd.array([[2, 0], [1, 4]]), nd.array([[2], [9]]))
    <BLANKLINE>
    [[1.]
     [2.]]
    <NDArray 2x1 @cpu(0)>
    """
def log(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``log(x), to base e``, element by element, in the type of the array."""
def log10(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``log(x), to base 10``, element by element, in the type of the array."""
def log1p(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``log(1 + x), exact near 0``, element by element, in the type of the array."""
def log2(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``log(x), to base 2``, element by element, in the type of the array."""
def log_softmax(data: NDArray, axis: int = ..., temperature: float | None = ..., dtype: str | None = ..., use_length: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The logarithm of `softmax`, computed as one: ``x - log(sum(exp(x)))``."""
def logical_not(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``1 where x is 0, else 0``, element by element, in the type of the array."""
def make_loss(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x``, copied, as the end of a network: its gradient is 1, whatever is computed from it."""
def max(data: NDArray, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The largest element along ``axis`` (all axes by default, with shape ``(1,)``); nan wins.

    The gradient goes to every element that is as large.

    >>> from mxnet import nd
    >>> nd.array([[1, 5], [7, 2]]).max(axis=1).asnumpy().tolist()
    [5.0, 7.0]
    """
def max_axis(data: NDArray, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The largest element along ``axis`` (all axes by default, with shape ``(1,)``); nan wins.

    The gradient goes to every element that is as large.

    >>> from mxnet import nd
    >>> nd.array([[1, 5], [7, 2]]).max(axis=1).asnumpy().tolist()
    [5.0, 7.0]
    """
def mean(data: NDArray, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The mean along ``axis`` (all axes by default, with shape ``(1,)``); of integers, cut off behind the point.

    >>> from mxnet import nd
    >>> nd.array([1, 2, 6]).mean().asscalar().item()
    3.0
    """
def min(data: NDArray, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The smallest element along ``axis`` (all axes by default, with shape ``(1,)``); nan wins.

    The gradient goes to every element that is as small.
    """
def min_axis(data: NDArray, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The smallest element along ``axis`` (all axes by default, with shape ``(1,)``); nan wins.

    The gradient goes to every element that is as small.
    """
def mish(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x * tanh(log(1 + e**x))``, element by element: smooth, and slightly negative below 0.

    MXNet 1.9.1 does not have it. From D. Misra, "Mish: A Self Regularized Non-Monotonic Activation Function" (2019).

    Raises `MXNetError` for whole numbers.

    >>> from mxnet import nd
    >>> [round(y, 4) for y in nd.mish(nd.array([-1, 0, 1])).asnumpy().tolist()]
    [-0.3034, 0.0, 0.8651]
    """
def moments(data: NDArray, axes: Any = ..., keepdims: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """The mean and the variance (over ``n``, not ``n - 1``) along ``axes``.

    >>> from mxnet import nd
    >>> mean, variance = nd.moments(nd.array([1, 2, 3, 4]), axes=0)
    >>> mean.asscalar().item(), variance.asscalar().item()
    (2.5, 1.25)
    """
def mp_lamb_update_phase1(weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, weight32: NDArray, beta1: float = ..., beta2: float = ..., epsilon: float = ..., t: int = ..., bias_correction: bool = ..., wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """`lamb_update_phase1` of a weight of low precision; states and result are float32."""
def mp_lamb_update_phase2(weight: NDArray, g: NDArray, r1: NDArray, r2: NDArray, weight32: NDArray, lr: float, lower_bound: float = ..., upper_bound: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """`lamb_update_phase2` from ``weight32``, as an array of the weight's type; ``weight32`` itself stays."""
def mp_nag_mom_update(weight: NDArray, grad: NDArray, mom: NDArray, weight32: NDArray, lr: float, momentum: float = ..., wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """`nag_mom_update` of a weight of low precision, with ``mom`` and ``weight32`` in float32.

    As in 1.9.1, the weight decay in ``mom`` is that of the weight after the step.
    """
def mp_sgd_mom_update(weight: NDArray, grad: NDArray, mom: NDArray, weight32: NDArray, lr: float, momentum: float = ..., wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., lazy_update: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """`sgd_mom_update` of a weight of low precision, with ``mom`` and ``weight32`` in float32."""
def mp_sgd_update(weight: NDArray, grad: NDArray, weight32: NDArray, lr: float, wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., lazy_update: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """`sgd_update` of a weight of low precision: ``weight32 -= lr * (g + wd * weight32)``."""
def multi_all_finite(*data: NDArray, num_arrays: int = ..., init_output: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """1 if no element of any array is infinite or nan, else 0, with shape ``(1,)``."""
def multi_lars(lrs: NDArray, weights_sum_sq: NDArray, grads_sum_sq: NDArray, wds: NDArray, eta: float, eps: float, rescale_grad: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Learning rates by layer: ``lrs * eta * w / (rescale_grad * g + wds * w + eps)``.

    w and g are the norms of each weight and of its gradient, the roots of ``weights_sum_sq`` and ``grads_sum_sq``
    (which `multi_sum_sq` makes); where one of them is 0, the learning rate stays. All shapes are ``(weights,)``.

    Source: You et al., arXiv:1708.03888.

    >>> nd.multi_lars(nd.array([0.5]), nd.array([16]), nd.array([4]), nd.array([0]), eta=1, eps=0)
    <BLANKLINE>
    [1.]
    <NDArray 1 @cpu(0)>
    """
def multi_mp_sgd_mom_update(*data: NDArray, lrs: Any, wds: Any, momentum: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., num_weights: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """`mp_sgd_mom_update` of many weights: data ``w0, g0, mom0, weight32_0, w1, ...``; see `multi_sgd_update`."""
def multi_mp_sgd_update(*data: NDArray, lrs: Any, wds: Any, rescale_grad: float = ..., clip_gradient: float = ..., num_weights: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """`mp_sgd_update` of many weights: data ``w0, g0, weight32_0, w1, ...``; see `multi_sgd_update`."""
def multi_sgd_mom_update(*data: NDArray, lrs: Any, wds: Any, momentum: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., num_weights: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """`sgd_mom_update` of many weights: data ``w0, g0, mom0, w1, g1, mom1, ...``; see `multi_sgd_update`."""
def multi_sgd_update(*data: NDArray, lrs: Any, wds: Any, rescale_grad: float = ..., clip_gradient: float = ..., num_weights: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """`sgd_update` of many weights: data ``w0, g0, w1, g1, ...``.

    Parameters
    ----------
    lrs, wds : learning rate and weight decay of each weight.
    rescale_grad, clip_gradient : as for one weight.
    num_weights : how many weights there are.

    >>> weights, grads = [nd.ones(1), nd.ones(1)], [nd.ones(1), nd.ones(1)]
    >>> data = [weights[0], grads[0], weights[1], grads[1]]
    >>> new = nd.multi_sgd_update(*data, lrs=(0.5, 0.25), wds=(0, 0), num_weights=2, out=weights)
    >>> weights[1].asscalar().item()
    0.75
    """
def multi_sum_sq(*data: NDArray, num_arrays: int, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The sum of squares of each array, in float32, with shape ``(num_arrays,)``."""
def nag_mom_update(weight: NDArray, grad: NDArray, mom: NDArray, lr: float, momentum: float = ..., wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Nesterov's momentum: ``mom = momentum * mom - lr * h``, ``weight + momentum * mom - lr * h``.

    Here ``h = g + wd * weight``.

    Source: Sutskever et al., On the importance of initialization and momentum in deep learning (2013).
    """
def nanprod(data: NDArray, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The product along ``axis`` without what is nan."""
def nansum(data: NDArray, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The sum along ``axis`` without what is nan.

    >>> from mxnet import nd
    >>> nd.nansum(nd.array([1, float("nan"), 2])).asscalar().item()
    3.0
    """
def negative(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``-x``, element by element, in the type of the array."""
def norm(data: NDArray, ord: int = ..., axis: Any = ..., out_dtype: str | None = ..., keepdims: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``sqrt(sum(x**2))`` for ``ord=2``, ``sum(|x|)`` for ``ord=1``, along ``axis`` (all axes by default).

    The gradient of the former at 0 is nan. ``out_dtype`` is the type of the result (default: that of the array).

    Differs from 1.9.1: the norm of integers is the whole part of the true one, which 1.9.1 computes in integers.

    >>> from mxnet import nd
    >>> nd.array([3, 4]).norm().asscalar().item()
    5.0
    >>> nd.array([3, -4]).norm(ord=1).asscalar().item()
    7.0
    """
def normal(loc: float = ..., scale: float = ..., shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Normal with mean ``loc`` and standard deviation ``scale``.

    Parameters
    ----------
    loc, scale : mean, and standard deviation (above 0).
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``scale`` is not positive.

    >>> mx.random.seed(0)
    >>> nd.random_normal(shape=4)
    <BLANKLINE>
    [2.2122064 0.7740038 1.0434403 1.1839255]
    <NDArray 4 @cpu(0)>
    """
def one_hot(indices: NDArray, depth: int, on_value: float = ..., off_value: float = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``on_value`` where the last, new axis of length ``depth`` equals the index, ``off_value`` elsewhere.

    An index outside gives a row of ``off_value``.

    >>> from mxnet import nd
    >>> nd.one_hot(nd.array([0, 2]), 3).asnumpy().tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
def ones_like(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``1``, element by element, in the type of the array."""
def pad(data: NDArray, mode: str, pad_width: tuple[int, ...], constant_value: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """More elements around the array: ``pad_width`` has two entries (before, after) for each axis.

    ``mode``: ``'constant'``, ``'edge'`` (the outermost element) or ``'reflect'``.
    Differs from 1.9.1: any number of axes, and all of them, can be padded.
    """
def pick(data: NDArray, index: NDArray, axis: int | None = ..., keepdims: bool = ..., mode: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """One element of ``data`` along ``axis`` for each position: ``out[i] = data[i, index[i]]``.

    Shapes: data ``(*a, n, *b)``, index ``(*a, *b)`` or ``(*a, 1, *b)``; the result has the shape of the first,
    with ``keepdims`` of the second.

    >>> from mxnet import nd
    >>> nd.pick(nd.array([[1, 2], [3, 4]]), nd.array([0, 1])).asnumpy().tolist()
    [1.0, 4.0]
    """
def preloaded_multi_mp_sgd_mom_update(*data: NDArray, momentum: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., num_weights: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """`multi_mp_sgd_mom_update` with data ``w0, g0, mom0, weight32_0, ..., lrs, wds``, both ``(num_weights,)``."""
def preloaded_multi_mp_sgd_update(*data: NDArray, rescale_grad: float = ..., clip_gradient: float = ..., num_weights: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """`multi_mp_sgd_update` with data ``w0, g0, weight32_0, ..., lrs, wds``: both of shape ``(num_weights,)``."""
def preloaded_multi_sgd_mom_update(*data: NDArray, momentum: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., num_weights: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """`multi_sgd_mom_update` with data ``w0, g0, mom0, ..., lrs, wds``: both of shape ``(num_weights,)``."""
def preloaded_multi_sgd_update(*data: NDArray, rescale_grad: float = ..., clip_gradient: float = ..., num_weights: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """`multi_sgd_update` with data ``w0, g0, w1, g1, ..., lrs, wds``: both of shape ``(num_weights,)``."""
def prod(data: NDArray, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The product along ``axis`` (all axes by default, with shape ``(1,)``).

    Differs from 1.9.1: the gradient of a zero factor is the product of the others, not nan.
    """
def radians(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``pi x / 180``, element by element, in the type of the array."""
def random_bernoulli(prob: NDArray | None = ..., logit: NDArray | None = ..., p: float | None = ..., shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """1 with probability ``prob``, else 0; or with probability ``sigmoid(logit)``.

    Parameters
    ----------
    prob, logit : one of the two, as an array; or ``p``, one number for all.
    shape : of the result, to which the array is broadcast; the array's own by default.
    dtype : float32 by default.

    Raises
    ------
    MXNetError : not exactly one of the three is given, or a probability is outside [0, 1].

    >>> mx.random.seed(0)
    >>> nd.random_bernoulli(p=0.6, shape=6)
    <BLANKLINE>
    [1. 1. 0. 0. 0. 0.]
    <NDArray 6 @cpu(0)>
    """
def random_exponential(lam: float = ..., shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Exponential with density ``lam * exp(-lam * x)``, so with mean ``1 / lam``.

    Parameters
    ----------
    lam : the rate, above 0.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``lam`` is not positive.

    >>> mx.random.seed(0)
    >>> nd.random_exponential(lam=4, shape=2)
    <BLANKLINE>
    [0.19896863 0.22464009]
    <NDArray 2 @cpu(0)>
    """
def random_exponential_like(data: NDArray, lam: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Exponential with rate ``lam``, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_exponential_like(nd.ones((2, 3)), lam=2).shape
    (2, 3)
    """
def random_gamma(alpha: float = ..., beta: float = ..., shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Gamma with shape ``alpha`` and scale ``beta``, so with mean ``alpha * beta``.

    Parameters
    ----------
    alpha, beta : both above 0.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``alpha`` or ``beta`` is not positive.

    >>> mx.random.seed(0)
    >>> nd.random_gamma(alpha=2, beta=3, shape=2)
    <BLANKLINE>
    [19.393465  6.384968]
    <NDArray 2 @cpu(0)>
    """
def random_gamma_like(data: NDArray, alpha: float = ..., beta: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Gamma with shape ``alpha`` and scale ``beta``, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_gamma_like(nd.ones((2, 3)), alpha=3).shape
    (2, 3)
    """
def random_generalized_negative_binomial(mu: float = ..., alpha: float = ..., shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Negative binomial with mean ``mu`` and variance ``mu + alpha * mu**2``; ``alpha`` 0 is Poisson.

    Parameters
    ----------
    mu, alpha : mean and dispersion, neither negative.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``mu`` or ``alpha`` is negative.

    >>> mx.random.seed(0)
    >>> nd.random_generalized_negative_binomial(mu=5, alpha=0.4, shape=4)
    <BLANKLINE>
    [11.  6.  5.  1.]
    <NDArray 4 @cpu(0)>
    """
def random_generalized_negative_binomial_like(data: NDArray, mu: float = ..., alpha: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Generalized negative binomial, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_generalized_negative_binomial_like(nd.ones((2, 3)), mu=2, alpha=0.5).shape
    (2, 3)
    """
def random_negative_binomial(k: int = ..., p: float = ..., shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Failures before the ``k``-th success, each trial succeeding with probability ``p``: mean ``k (1 - p) / p``.

    Parameters
    ----------
    k : successes, not negative.
    p : probability of a success, above 0 and at most 1.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``k`` is no whole number from 0, or ``p`` no probability above 0.

    >>> mx.random.seed(0)
    >>> nd.random_negative_binomial(k=5, p=0.4, shape=6)
    <BLANKLINE>
    [13.  7.  7.  3.  9.  9.]
    <NDArray 6 @cpu(0)>
    """
def random_negative_binomial_like(data: NDArray, k: int = ..., p: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Negative binomial, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_negative_binomial_like(nd.ones((2, 3)), k=3, p=0.5).shape
    (2, 3)
    """
def random_normal(loc: float = ..., scale: float = ..., shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Normal with mean ``loc`` and standard deviation ``scale``.

    Parameters
    ----------
    loc, scale : mean, and standard deviation (above 0).
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``scale`` is not positive.

    >>> mx.random.seed(0)
    >>> nd.random_normal(shape=4)
    <BLANKLINE>
    [2.2122064 0.7740038 1.0434403 1.1839255]
    <NDArray 4 @cpu(0)>
    """
def random_normal_like(data: NDArray, loc: float = ..., scale: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Normal with mean ``loc`` and standard deviation ``scale``, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_normal_like(nd.ones((2, 3)), loc=5).shape
    (2, 3)
    """
def random_pdf_dirichlet(sample: NDArray, alpha: NDArray, is_log: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Dirichlet: ``prod(x**(alpha - 1)) * gamma(sum(alpha)) / prod(gamma(alpha))``, over the last axis.

    Shapes: alpha ``P + (classes,)``; sample ``P + S + (classes,)``; the result ``P + S``.

    >>> nd.random_pdf_dirichlet(nd.array([[0.25, 0.75]]), nd.array([[1, 1]]))
    <BLANKLINE>
    [1.]
    <NDArray 1 @cpu(0)>
    """
def random_pdf_exponential(sample: NDArray, lam: NDArray, is_log: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Exponential with rate ``lam``: ``lam * exp(-lam * x)``."""
def random_pdf_gamma(sample: NDArray, alpha: NDArray, beta: NDArray, is_log: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Gamma with shape ``alpha`` and rate ``beta``: ``beta**alpha * x**(alpha - 1) * exp(-beta * x) / gamma(alpha)``.

    ``beta`` is the inverse of what `random_gamma` calls beta.

    >>> nd.random_pdf_gamma(nd.array([[1, 2]]), nd.array([1]), nd.array([2]), is_log=True).round()
    <BLANKLINE>
    [[-1. -3.]]
    <NDArray 1x2 @cpu(0)>
    """
def random_pdf_generalized_negative_binomial(sample: NDArray, mu: NDArray, alpha: NDArray, is_log: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Negative binomial with mean ``mu`` and variance ``mu + alpha * mu**2``.

    That is `random_pdf_negative_binomial` with ``k = 1 / alpha`` and ``p = 1 / (1 + mu * alpha)``.
    """
def random_pdf_negative_binomial(sample: NDArray, k: NDArray, p: NDArray, is_log: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Failures x before the k-th success of probability ``p``: ``C(x + k - 1, x) * p**k * (1 - p)**x``.

    ``k`` need not be whole.

    >>> nd.random_pdf_negative_binomial(nd.array([[0, 1, 2]]), nd.array([1]), nd.array([0.5]))
    <BLANKLINE>
    [[0.5   0.25  0.125]]
    <NDArray 1x3 @cpu(0)>
    """
def random_pdf_normal(sample: NDArray, mu: NDArray, sigma: NDArray, is_log: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Normal: ``exp(-((x - mu) / sigma)**2 / 2) / (sigma * sqrt(2 pi))``, mean ``mu``, standard deviation ``sigma``.

    >>> nd.random_pdf_normal(nd.array([[0, 1]]), nd.array([0]), nd.array([1]))
    <BLANKLINE>
    [[0.3989423  0.24197073]]
    <NDArray 1x2 @cpu(0)>
    """
def random_pdf_poisson(sample: NDArray, lam: NDArray, is_log: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Poisson with mean ``lam``: ``lam**k * exp(-lam) / k!`` for the count k that the sample is.

    >>> nd.random_pdf_poisson(nd.array([[0, 1]]), nd.array([1]), is_log=True)
    <BLANKLINE>
    [[-1. -1.]]
    <NDArray 1x2 @cpu(0)>
    """
def random_pdf_uniform(sample: NDArray, low: NDArray, high: NDArray, is_log: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Uniform on ``[low, high)``: ``1 / (high - low)``, wherever the sample is.

    >>> nd.random_pdf_uniform(nd.array([[1, 2]]), nd.array([0]), nd.array([4]))
    <BLANKLINE>
    [[0.25 0.25]]
    <NDArray 1x2 @cpu(0)>
    """
def random_poisson(lam: float = ..., shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Poisson with mean ``lam``; the counts are floating point numbers.

    Parameters
    ----------
    lam : the mean, not negative.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``lam`` is negative.

    >>> mx.random.seed(0)
    >>> nd.random_poisson(lam=4, shape=6)
    <BLANKLINE>
    [9. 5. 6. 5. 3. 8.]
    <NDArray 6 @cpu(0)>
    """
def random_poisson_like(data: NDArray, lam: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Poisson with mean ``lam``, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_poisson_like(nd.ones((2, 3)), lam=4).shape
    (2, 3)
    """
def random_randint(low: int, high: int, shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Whole numbers from ``low`` to ``high - 1``.

    Parameters
    ----------
    low, high : whole numbers, ``low`` below ``high``.
    shape : of the result; one element by default.
    dtype : int32 (default) or int64. Numbers beyond an int32 wrap round, as in 1.9.1.

    Raises
    ------
    MXNetError : there is no number between, or a bound is not whole.

    >>> mx.random.seed(0)
    >>> nd.random_randint(low=0, high=100, shape=6)
    <BLANKLINE>
    [51 44  3 99 39 14]
    <NDArray 6 @cpu(0)>
    """
def random_uniform(low: float = ..., high: float = ..., shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Uniform on ``[low, high)``.

    Parameters
    ----------
    low, high : the bounds.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``low`` is above ``high``.

    >>> mx.random.seed(0)
    >>> nd.random_uniform(shape=3)
    <BLANKLINE>
    [0.5488135  0.5928446  0.71518934]
    <NDArray 3 @cpu(0)>
    """
def random_uniform_like(data: NDArray, low: float = ..., high: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Uniform on ``[low, high)``, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_uniform_like(nd.ones((2, 3)), low=1, high=2).shape
    (2, 3)
    """
def ravel_multi_index(data: NDArray, shape: tuple[int, ...] = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Rows of indices, one for each axis of ``shape``, as flat indices."""
def rcbrt(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``1 / the cube root of x``, element by element, in the type of the array."""
def reciprocal(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``1 / x``, element by element, in the type of the array."""
def relu(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``max(x, 0)``, element by element, in the type of the array."""
def repeat(data: NDArray, repeats: int, axis: int | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Each element ``repeats`` times in a row, along ``axis`` or over the flattened array."""
def reset_arrays(*data: NDArray, num_arrays: int, out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """Fill all arrays with zeros, in place; returns no array.

    >>> grads = [nd.ones(2), nd.ones(3)]
    >>> nd.reset_arrays(*grads, num_arrays=2)
    []
    >>> grads[0].asnumpy().tolist()
    [0.0, 0.0]
    """
def reshape(data: NDArray, shape: tuple[int, ...] = ..., reverse: bool = ..., target_shape: Any = ..., keep_highest: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The same elements under another shape, copied; the codes are those of `NDArray.reshape`.

    >>> from mxnet import nd
    >>> nd.reshape(nd.arange(6), shape=(2, -1)).shape
    (2, 3)
    """
def reshape_like(lhs: NDArray, rhs: NDArray, lhs_begin: int | None = ..., lhs_end: int | None = ..., rhs_begin: int | None = ..., rhs_end: int | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``lhs`` in the shape of ``rhs``; or some of its axes replaced by some axes of ``rhs``. Copied."""
def reverse(data: NDArray, axis: int | tuple[int, ...], out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The elements in reverse order along one or more axes."""
def rint(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x to the nearest whole number, halves downwards``, element by element, in the type of the array."""
def rmsprop_update(weight: NDArray, grad: NDArray, n: NDArray, lr: float, gamma1: float = ..., epsilon: float = ..., wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., clip_weights: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """RMSProp: ``n = gamma1 * n + (1 - gamma1) * g**2``, ``weight - lr * g / sqrt(n + epsilon)``.

    Here ``g = clip(rescale_grad * grad + wd * weight)``. The result is cut to ``[-clip_weights, clip_weights]`` where
    that is not negative.

    Source: Tieleman and Hinton, Lecture 6.5 (2012).
    """
def rmspropalex_update(weight: NDArray, grad: NDArray, n: NDArray, g: NDArray, delta: NDArray, lr: float, gamma1: float = ..., gamma2: float = ..., epsilon: float = ..., wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., clip_weights: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """RMSProp by the variance of the gradient: ``n`` and ``g`` are averages of ``h**2`` and ``h``,

    ``delta = gamma2 * delta - lr * h / sqrt(n - g**2 + epsilon)``, ``weight + delta``. Here
    ``h = clip(rescale_grad * grad + wd * weight)``; for ``clip_weights`` see `rmsprop_update`.

    Source: Graves, arXiv:1308.0850, equations 38 to 45.
    """
def round(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x to the nearest whole number, halves away from zero``, element by element, in the type of the array."""
def rsqrt(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``1 / sqrt(x)``, element by element, in the type of the array."""
def sample_exponential(lam: NDArray, shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Exponential with rate ``lam``, entry by entry."""
def sample_gamma(alpha: NDArray, beta: NDArray, shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Gamma with shape ``alpha`` and scale ``beta``, entry by entry."""
def sample_generalized_negative_binomial(mu: NDArray, alpha: NDArray, shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Negative binomial with mean ``mu`` and variance ``mu + alpha * mu**2``, entry by entry."""
def sample_multinomial(data: NDArray, shape: Any = ..., get_prob: bool = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """Class numbers drawn with the probabilities in the last axis of ``data``.

    Shapes: data ``(*, classes)``; result ``(*,) + shape``.

    Parameters
    ----------
    shape : draws for each distribution; without it one, and no axis for it.
    get_prob : also return the logarithms of the probabilities of what was drawn, with their gradient
        ``d log p[k] / d p[k] = 1 / p[k]`` (for policy gradients).
    dtype : type of the class numbers.

    Raises
    ------
    MXNetError : a probability is negative, or a distribution sums to less than 1.

    Differs from 1.9.1: that answers with a number beyond the last class where the probabilities sum to less than
    the uniform it drew.

    >>> mx.random.seed(0)
    >>> nd.sample_multinomial(nd.array([0.1, 0.2, 0.3, 0.4]), shape=10)
    <BLANKLINE>
    [2 2 3 3 3 3 2 3 2 3]
    <NDArray 10 @cpu(0)>
    """
def sample_negative_binomial(k: NDArray, p: NDArray, shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Failures before the ``k``-th success, each trial succeeding with probability ``p``, entry by entry."""
def sample_normal(mu: NDArray, sigma: NDArray, shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Normal with mean ``mu`` and standard deviation ``sigma``, entry by entry."""
def sample_poisson(lam: NDArray, shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Poisson with mean ``lam``, entry by entry."""
def sample_uniform(low: NDArray, high: NDArray, shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Uniform on ``[low, high)``, entry by entry.

    >>> mx.random.seed(0)
    >>> nd.sample_uniform(nd.array([0, 10]), nd.array([1, 20]), shape=3)
    <BLANKLINE>
    [[ 0.5488135   0.5928446   0.71518934]
     [18.442657   16.027634   18.579456  ]]
    <NDArray 2x3 @cpu(0)>
    """
def scatter_nd(data: NDArray, indices: NDArray, shape: tuple[int, ...], out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Zeros of ``shape`` with ``out[indices[0, i], indices[1, i], ...] = data[i]``; the last of equal indices wins."""
def sgd_mom_update(weight: NDArray, grad: NDArray, mom: NDArray, lr: float, momentum: float = ..., wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., lazy_update: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Gradient descent with momentum: ``mom = momentum * mom - lr * (g + wd * weight)``, ``weight + mom``.

    >>> weight, mom = nd.array([1.0]), nd.array([0.5])
    >>> nd.sgd_mom_update(weight, nd.array([1.0]), mom, lr=0.25, momentum=0.5).asscalar().item()
    1.0
    >>> mom.asscalar().item()
    0.0
    """
def sgd_update(weight: NDArray, grad: NDArray, lr: float, wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., lazy_update: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Gradient descent: ``weight - lr * (g + wd * weight)``.

    >>> weight = nd.array([1, 2])
    >>> nd.sgd_update(weight, nd.array([1, -1]), lr=0.5, out=weight)
    <BLANKLINE>
    [0.5 2.5]
    <NDArray 2 @cpu(0)>
    """
def shape_array(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The lengths of the axes, as an int64 array."""
def shuffle(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """A copy of ``data`` in random order along its first axis.

    >>> mx.random.seed(0)
    >>> nd.shuffle(nd.arange(8))
    <BLANKLINE>
    [0. 2. 3. 5. 7. 1. 6. 4.]
    <NDArray 8 @cpu(0)>
    """
def sigmoid(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``1 / (1 + e**-x)``, element by element, in the type of the array."""
def sign(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``-1, 0 or 1: the sign of x``, element by element, in the type of the array."""
def signsgd_update(weight: NDArray, grad: NDArray, lr: float, wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Steps of one length: ``(1 - lr * wd) * weight - lr * sign(grad)``; ``grad`` is neither rescaled nor clipped.

    Source: Bernstein et al., arXiv:1802.04434.
    """
def signum_update(weight: NDArray, grad: NDArray, mom: NDArray, lr: float, momentum: float = ..., wd: float = ..., rescale_grad: float = ..., clip_gradient: float = ..., wd_lh: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """`signsgd_update` by an average of gradients: ``mom = momentum * mom - (1 - momentum) * (g + wd * weight)``,

    ``(1 - lr * wd_lh) * weight + lr * sign(mom)``. ``wd_lh`` is the decoupled weight decay of Loshchilov and Hutter.

    Source: Bernstein et al., arXiv:1802.04434.
    """
def sin(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``sin(x), x in radians``, element by element, in the type of the array."""
def sinh(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``(e**x - e**-x) / 2``, element by element, in the type of the array."""
def size_array(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The number of elements, as an int64 array of shape ``(1,)``."""
def slice(data: NDArray, begin: Any, end: Any, step: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The elements from ``begin`` to ``end`` by ``step``, one entry (or None) for each leading axis.

    >>> from mxnet import nd
    >>> nd.slice(nd.arange(4), begin=(None,), end=(None,), step=(-1,)).asnumpy().tolist()
    [3.0, 2.0, 1.0, 0.0]
    """
def slice_axis(data: NDArray, axis: int, begin: int, end: int | None, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The elements from ``begin`` to ``end`` (None: the last) along one axis; negative ones count from the end."""
def slice_like(data: NDArray, shape_like: NDArray, axes: tuple[int, ...] = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``data`` cut to the lengths of ``shape_like``, along ``axes`` or all.

    One axis may be a number; negative ones count from the end of ``data``, for both arrays.
    """
def smooth_l1(data: NDArray, scalar: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``0.5 * (scalar * x)**2`` where ``|x| < 1 / scalar**2``, else ``|x| - 0.5 / scalar**2``.

    >>> from mxnet import nd
    >>> nd.smooth_l1(nd.array([0.5, 3])).asnumpy().tolist()
    [0.125, 2.5]
    """
def softmax(data: NDArray, length: NDArray | None = ..., axis: int = ..., temperature: float | None = ..., dtype: str | None = ..., use_length: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``exp(x / temperature)`` over its sum along ``axis``, computed without overflow.

    ``length`` (with ``use_length``) gives how many elements of each row count; the others become 0.

    >>> from mxnet import nd
    >>> nd.softmax(nd.array([1000, 1000])).asnumpy().tolist()
    [0.5, 0.5]
    """
def softmax_cross_entropy(data: NDArray, label: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``-sum(log(softmax(data))[i, label[i]])`` over the batch, of shape ``(1,)``.

    Shapes: data ``(batch, classes)``, label ``(batch,)``.
    """
def softmin(data: NDArray, axis: int = ..., temperature: float | None = ..., dtype: str | None = ..., use_length: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """`softmax` of ``-x``."""
def softsign(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x / (1 + |x|)``, element by element, in the type of the array."""
def sort(data: NDArray, axis: int | None = ..., is_ascend: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The elements in order along ``axis``; with ``axis=None`` all of them, with shape ``(size,)``.

    >>> from mxnet import nd
    >>> nd.array([3, 1, 2]).sort(is_ascend=False).asnumpy().tolist()
    [3.0, 2.0, 1.0]
    """
def space_to_depth(data: NDArray, block_size: int, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``(n, c, b * h, b * w) -> (n, b * b * c, h, w)``: blocks of ``b x b`` gathered into channels.

    >>> from mxnet import nd
    >>> nd.space_to_depth(nd.arange(4).reshape((1, 1, 2, 2)), block_size=2).asnumpy().ravel().tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
def split(data: NDArray, num_outputs: int, axis: int = ..., squeeze_axis: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """``num_outputs`` equal parts along ``axis``, as a list (a single part is no list).

    ``squeeze_axis`` takes the axis away where the parts have length 1 there.
    """
def sqrt(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``sqrt(x)``, element by element, in the type of the array."""
def square(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x**2``, element by element, in the type of the array."""
def squeeze(data: NDArray, axis: int | tuple[int, ...] | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The array without its axes of length 1 (all, or the given ones), copied; at least one axis stays.

    >>> from mxnet import nd
    >>> nd.squeeze(nd.ones((1, 2, 1))).shape, nd.squeeze(nd.ones((1, 1))).shape
    ((2,), (1,))
    """
def stack(*data: NDArray, axis: int = ..., num_args: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Arrays of one shape put together along a new axis.

    >>> from mxnet import nd
    >>> nd.stack(nd.ones((2,)), nd.zeros((2,))).shape
    (2, 2)
    """
def stop_gradient(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x``, copied; no gradient passes.

    >>> from mxnet import nd, autograd
    >>> x = nd.array([3.0])
    >>> x.attach_grad()
    >>> with autograd.record():
    ...     y = nd.BlockGrad(x) * x
    >>> y.backward()
    >>> x.grad.asscalar().item()
    3.0
    """
def sum(data: NDArray, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The sum along ``axis`` (all axes by default, with shape ``(1,)``).

    >>> from mxnet import nd
    >>> nd.ones((2, 3)).sum().asnumpy().tolist()
    [6.0]
    >>> nd.ones((2, 3)).sum(axis=0, exclude=True).asnumpy().tolist()
    [3.0, 3.0]
    """
def sum_axis(data: NDArray, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The sum along ``axis`` (all axes by default, with shape ``(1,)``).

    >>> from mxnet import nd
    >>> nd.ones((2, 3)).sum().asnumpy().tolist()
    [6.0]
    >>> nd.ones((2, 3)).sum(axis=0, exclude=True).asnumpy().tolist()
    [3.0, 3.0]
    """
def swapaxes(data: NDArray, dim1: int = ..., dim2: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Two axes exchanged, copied."""
def take(a: NDArray, indices: NDArray, axis: int = ..., mode: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Slices of ``a`` along ``axis``, in the order of ``indices``.

    Shapes: a ``(..., n, ...)``, indices ``(*i)``; the result has ``*i`` in place of ``n``.
    Indices outside are clipped (``mode='clip'``), wrapped around (``'wrap'``) or refused (``'raise'``).

    >>> from mxnet import nd
    >>> nd.take(nd.array([10, 20, 30]), nd.array([0, 5])).asnumpy().tolist()
    [10.0, 30.0]
    """
def tan(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``tan(x), x in radians``, element by element, in the type of the array."""
def tanh(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``sinh(x) / cosh(x)``, element by element, in the type of the array."""
def tile(data: NDArray, reps: int | tuple[int, ...], out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The whole array repeated ``reps`` times along its axes (new leading ones, if there are more)."""
def topk(data: NDArray, axis: int | None = ..., k: int = ..., ret_typ: str = ..., is_ascend: bool = ..., dtype: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
    """The ``k`` largest elements along ``axis``, largest first (the smallest with ``is_ascend``).

    Parameters
    ----------
    axis : None takes all elements together, in reading order.
    k : how many; less than 1 means all.
    ret_typ : ``'value'`` the elements, ``'indices'`` their positions, ``'both'`` a list of the two, ``'mask'`` an
        array of the shape of ``data`` with 1 where they are and 0 elsewhere.
    dtype : type of the positions.

    Gradients go to the elements that were taken.

    >>> from mxnet import nd
    >>> x = nd.array([3, 1, 2])
    >>> x.topk(k=2).asnumpy().tolist(), x.topk(k=2, ret_typ="mask").asnumpy().tolist()
    ([0.0, 2.0], [1.0, 0.0, 1.0])
    """
def transpose(data: NDArray, axes: tuple[int, ...] | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """The axes in another order (reversed by default), copied."""
def trunc(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``x without what is behind the point``, element by element, in the type of the array."""
def uniform(low: float = ..., high: float = ..., shape: Any = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Uniform on ``[low, high)``.

    Parameters
    ----------
    low, high : the bounds.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``low`` is above ``high``.

    >>> mx.random.seed(0)
    >>> nd.random_uniform(shape=3)
    <BLANKLINE>
    [0.5488135  0.5928446  0.71518934]
    <NDArray 3 @cpu(0)>
    """
def unravel_index(data: NDArray, shape: tuple[int, ...] = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Flat indices as one row of indices for each axis of ``shape``."""
def where(condition: NDArray, x: NDArray, y: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """Elements of ``x`` where ``condition`` is not 0, of ``y`` elsewhere.

    Shapes: all the same, or condition ``(batch,)``, which picks rows.

    >>> from mxnet import nd
    >>> nd.where(nd.array([1, 0]), nd.array([1, 2]), nd.array([3, 4])).asnumpy().tolist()
    [1.0, 4.0]
    """
def zeros_like(data: NDArray, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
    """``0``, element by element, in the type of the array."""
def add(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs + rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def divide(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs / rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def equal(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs == rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def greater(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs > rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def greater_equal(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs >= rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def lesser(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs < rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def lesser_equal(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs <= rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def logical_and(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs and rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def logical_or(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs or rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def logical_xor(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs xor rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def maximum(lhs: _Operand, rhs: _Operand) -> Any:
    """``max(lhs, rhs)``, element by element; arrays are broadcast, numbers take the array's type."""
def minimum(lhs: _Operand, rhs: _Operand) -> Any:
    """``min(lhs, rhs)``, element by element; arrays are broadcast, numbers take the array's type."""
def modulo(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs % rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def multiply(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs * rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def not_equal(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs != rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def power(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs ** rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def subtract(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs - rhs``, element by element; arrays are broadcast, numbers take the array's type."""
def true_divide(lhs: _Operand, rhs: _Operand) -> Any:
    """``lhs / rhs``, element by element; arrays are broadcast, numbers take the array's type."""

class TableMethods:
    """The methods of NDArray that come from the table."""

    def __add__(self, other: _Operand, /) -> NDArray: ...
    def __radd__(self, other: _Operand, /) -> NDArray: ...
    def __iadd__(self, other: _Operand, /) -> NDArray: ...  # type: ignore[misc]
    def __sub__(self, other: _Operand, /) -> NDArray: ...
    def __rsub__(self, other: _Operand, /) -> NDArray: ...
    def __isub__(self, other: _Operand, /) -> NDArray: ...  # type: ignore[misc]
    def __mul__(self, other: _Operand, /) -> NDArray: ...
    def __rmul__(self, other: _Operand, /) -> NDArray: ...
    def __imul__(self, other: _Operand, /) -> NDArray: ...  # type: ignore[misc]
    def __truediv__(self, other: _Operand, /) -> NDArray: ...
    def __rtruediv__(self, other: _Operand, /) -> NDArray: ...
    def __itruediv__(self, other: _Operand, /) -> NDArray: ...  # type: ignore[misc]
    def __mod__(self, other: _Operand, /) -> NDArray: ...
    def __rmod__(self, other: _Operand, /) -> NDArray: ...
    def __imod__(self, other: _Operand, /) -> NDArray: ...  # type: ignore[misc]
    def __pow__(self, other: _Operand, /) -> NDArray: ...
    def __rpow__(self, other: _Operand, /) -> NDArray: ...
    def __ipow__(self, other: _Operand, /) -> NDArray: ...  # type: ignore[misc]
    def __floordiv__(self, other: _Operand, /) -> NDArray: ...
    def __matmul__(self, other: _Operand, /) -> NDArray: ...
    def __eq__(self, other: object, /) -> Any: ...  # type: ignore[override]
    def __ne__(self, other: object, /) -> Any: ...  # type: ignore[override]
    def __lt__(self, other: _Operand, /) -> NDArray: ...
    def __le__(self, other: _Operand, /) -> NDArray: ...
    def __gt__(self, other: _Operand, /) -> NDArray: ...
    def __ge__(self, other: _Operand, /) -> NDArray: ...
    def __neg__(self) -> NDArray: ...
    def __pos__(self) -> NDArray: ...
    def __abs__(self) -> NDArray: ...
    def __hash__(self) -> int: ...
    def __getitem__(self, key: Any, /) -> NDArray: ...
    def __setitem__(self, key: Any, value: Any, /) -> None: ...
    def reshape(self, *shape: Any, **kwargs: Any) -> NDArray: ...
    def transpose(self, *axes: Any, **kwargs: Any) -> NDArray: ...
    def broadcast_to(self, shape: Any) -> NDArray: ...
    def broadcast_like(self, other: NDArray) -> NDArray: ...
    def split_v2(self, *args: Any, **kwargs: Any) -> list[NDArray]: ...
    def tostype(self, stype: str) -> NDArray: ...
    def abs(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``|x|``, element by element, in the type of the array."""
    def arccos(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``the angle in [0, pi] whose cosine is x``, element by element, in the type of the array."""
    def arccosh(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``the number >= 0 whose cosh is x``, element by element, in the type of the array."""
    def arcsin(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``the angle in [-pi/2, pi/2] whose sine is x``, element by element, in the type of the array."""
    def arcsinh(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``the number whose sinh is x``, element by element, in the type of the array."""
    def arctan(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``the angle in (-pi/2, pi/2) whose tangent is x``, element by element, in the type of the array."""
    def arctanh(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``the number whose tanh is x``, element by element, in the type of the array."""
    def argmax(self, axis: int | None = ..., keepdims: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The position of the (first) largest element along ``axis``; without axis, in reading order. nan wins.

        The positions have the type of the array: float32 for most, exact up to 16,777,216.

        >>> from mxnet import nd
        >>> nd.array([[1, 3, 2], [5, 4, 5]]).argmax(axis=1).asnumpy().tolist()
        [1.0, 0.0]
        """
    def argmax_channel(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The position of the (first) largest element along axis 1: ``(n, c, ...)`` gives ``(n, ...)``."""
    def argmin(self, axis: int | None = ..., keepdims: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The position of the (first) smallest element along ``axis``; without axis, in reading order. nan wins."""
    def argsort(self, axis: int | None = ..., is_ascend: bool = ..., dtype: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """Where the elements in order come from: their positions along ``axis``, as ``dtype``.

        With ``axis=None``, positions in reading order, with shape ``(size,)``.

        >>> from mxnet import nd
        >>> nd.array([3, 1, 2]).argsort().asnumpy().tolist()
        [1.0, 2.0, 0.0]
        """
    def batch_dot(self, rhs: NDArray, transpose_a: bool = ..., transpose_b: bool = ..., forward_stype: str | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """One matrix product per batch: ``(*batch, n, k) . (*batch, k, m) -> (*batch, n, m)``.

        >>> from mxnet import nd
        >>> nd.batch_dot(nd.ones((2, 1, 4)), nd.ones((2, 4, 6))).shape
        (2, 1, 6)
        """
    def broadcast_axes(self, axis: int | tuple[int, ...] = ..., size: int | tuple[int, ...] = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """Axes of length 1 repeated ``size`` times."""
    def cast(self, dtype: str, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The elements as another type, copied; see `NDArray.astype`.

        Floats lose what is behind the point on their way to integers, and wrap around: 300 is 44 as uint8. What is too
        large for int32, nan included, becomes -2147483648.

        Differs from 1.9.1: no gradient goes through an integer type.

        >>> from mxnet import nd
        >>> nd.cast(nd.array([1.7, -1.7, 300]), dtype="uint8").asnumpy().tolist()
        [1, 255, 44]
        """
    def cbrt(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``the cube root of x``, element by element, in the type of the array."""
    def ceil(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``the smallest whole number >= x``, element by element, in the type of the array."""
    def clip(self, a_min: float, a_max: float, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``min(max(x, a_min), a_max)``; the gradient is 1 from ``a_min`` to ``a_max``, both included, else 0.

        >>> from mxnet import nd
        >>> nd.clip(nd.array([1, 5]), 2, 3).asnumpy().tolist()
        [2.0, 3.0]
        """
    def cos(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``cos(x), x in radians``, element by element, in the type of the array."""
    def cosh(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``(e**x + e**-x) / 2``, element by element, in the type of the array."""
    def degrees(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``180 x / pi``, element by element, in the type of the array."""
    def depth_to_space(self, block_size: int, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``(n, b * b * c, h, w) -> (n, c, b * h, b * w)``: channels spread over blocks of ``b x b``."""
    def diag(self, k: int = ..., axis1: int = ..., axis2: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The ``k``-th diagonal of two axes; of a vector, the matrix that has it there."""
    def dot(self, rhs: NDArray, transpose_a: bool = ..., transpose_b: bool = ..., forward_stype: str | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """Product over the last axis of ``lhs`` and the first of ``rhs``.

        Shapes: ``(n, k) . (k, m) -> (n, m)``; ``(k,) . (k,) -> (1,)``; in general ``(*a, k) . (k, *b) -> (*a, *b)``.
        ``transpose_a`` takes the first axis of ``lhs`` instead of the last, ``transpose_b`` the last of ``rhs``.

        >>> from mxnet import nd
        >>> nd.dot(nd.array([[1, 2], [3, 4]]), nd.array([1, 1])).asnumpy().tolist()
        [3.0, 7.0]
        """
    def exp(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``e**x``, element by element, in the type of the array."""
    def expand_dims(self, axis: int, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """A new axis of length 1 at ``axis``, copied."""
    def expm1(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``e**x - 1, exact near 0``, element by element, in the type of the array."""
    def fix(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``x without what is behind the point``, element by element, in the type of the array."""
    def flatten(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``(batch, ...)`` as ``(batch, product of the rest)``, copied."""
    def flip(self, axis: int | tuple[int, ...], out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The elements in reverse order along one or more axes."""
    def floor(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``the largest whole number <= x``, element by element, in the type of the array."""
    def log(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``log(x), to base e``, element by element, in the type of the array."""
    def log10(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``log(x), to base 10``, element by element, in the type of the array."""
    def log1p(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``log(1 + x), exact near 0``, element by element, in the type of the array."""
    def log2(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``log(x), to base 2``, element by element, in the type of the array."""
    def log_softmax(self, axis: int = ..., temperature: float | None = ..., dtype: str | None = ..., use_length: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The logarithm of `softmax`, computed as one: ``x - log(sum(exp(x)))``."""
    def max(self, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The largest element along ``axis`` (all axes by default, with shape ``(1,)``); nan wins.

        The gradient goes to every element that is as large.

        >>> from mxnet import nd
        >>> nd.array([[1, 5], [7, 2]]).max(axis=1).asnumpy().tolist()
        [5.0, 7.0]
        """
    def mean(self, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The mean along ``axis`` (all axes by default, with shape ``(1,)``); of integers, cut off behind the point.

        >>> from mxnet import nd
        >>> nd.array([1, 2, 6]).mean().asscalar().item()
        3.0
        """
    def min(self, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The smallest element along ``axis`` (all axes by default, with shape ``(1,)``); nan wins.

        The gradient goes to every element that is as small.
        """
    def mish(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``x * tanh(log(1 + e**x))``, element by element: smooth, and slightly negative below 0.

        MXNet 1.9.1 does not have it. From D. Misra, "Mish: A Self Regularized Non-Monotonic Activation Function" (2019).

        Raises `MXNetError` for whole numbers.

        >>> from mxnet import nd
        >>> [round(y, 4) for y in nd.mish(nd.array([-1, 0, 1])).asnumpy().tolist()]
        [-0.3034, 0.0, 0.8651]
        """
    def nanprod(self, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The product along ``axis`` without what is nan."""
    def nansum(self, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The sum along ``axis`` without what is nan.

        >>> from mxnet import nd
        >>> nd.nansum(nd.array([1, float("nan"), 2])).asscalar().item()
        3.0
        """
    def norm(self, ord: int = ..., axis: Any = ..., out_dtype: str | None = ..., keepdims: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``sqrt(sum(x**2))`` for ``ord=2``, ``sum(|x|)`` for ``ord=1``, along ``axis`` (all axes by default).

        The gradient of the former at 0 is nan. ``out_dtype`` is the type of the result (default: that of the array).

        Differs from 1.9.1: the norm of integers is the whole part of the true one, which 1.9.1 computes in integers.

        >>> from mxnet import nd
        >>> nd.array([3, 4]).norm().asscalar().item()
        5.0
        >>> nd.array([3, -4]).norm(ord=1).asscalar().item()
        7.0
        """
    def one_hot(self, depth: int, on_value: float = ..., off_value: float = ..., dtype: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``on_value`` where the last, new axis of length ``depth`` equals the index, ``off_value`` elsewhere.

        An index outside gives a row of ``off_value``.

        >>> from mxnet import nd
        >>> nd.one_hot(nd.array([0, 2]), 3).asnumpy().tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
        """
    def ones_like(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``1``, element by element, in the type of the array."""
    def pad(self, mode: str, pad_width: tuple[int, ...], constant_value: float = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """More elements around the array: ``pad_width`` has two entries (before, after) for each axis.

        ``mode``: ``'constant'``, ``'edge'`` (the outermost element) or ``'reflect'``.
        Differs from 1.9.1: any number of axes, and all of them, can be padded.
        """
    def pick(self, index: NDArray, axis: int | None = ..., keepdims: bool = ..., mode: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """One element of ``data`` along ``axis`` for each position: ``out[i] = data[i, index[i]]``.

        Shapes: data ``(*a, n, *b)``, index ``(*a, *b)`` or ``(*a, 1, *b)``; the result has the shape of the first,
        with ``keepdims`` of the second.

        >>> from mxnet import nd
        >>> nd.pick(nd.array([[1, 2], [3, 4]]), nd.array([0, 1])).asnumpy().tolist()
        [1.0, 4.0]
        """
    def prod(self, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The product along ``axis`` (all axes by default, with shape ``(1,)``).

        Differs from 1.9.1: the gradient of a zero factor is the product of the others, not nan.
        """
    def radians(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``pi x / 180``, element by element, in the type of the array."""
    def rcbrt(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``1 / the cube root of x``, element by element, in the type of the array."""
    def reciprocal(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``1 / x``, element by element, in the type of the array."""
    def relu(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``max(x, 0)``, element by element, in the type of the array."""
    def repeat(self, repeats: int, axis: int | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """Each element ``repeats`` times in a row, along ``axis`` or over the flattened array."""
    def reshape_like(self, rhs: NDArray, lhs_begin: int | None = ..., lhs_end: int | None = ..., rhs_begin: int | None = ..., rhs_end: int | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``lhs`` in the shape of ``rhs``; or some of its axes replaced by some axes of ``rhs``. Copied."""
    def rint(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``x to the nearest whole number, halves downwards``, element by element, in the type of the array."""
    def round(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``x to the nearest whole number, halves away from zero``, element by element, in the type of the array."""
    def rsqrt(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``1 / sqrt(x)``, element by element, in the type of the array."""
    def shape_array(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The lengths of the axes, as an int64 array."""
    def sigmoid(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``1 / (1 + e**-x)``, element by element, in the type of the array."""
    def sign(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``-1, 0 or 1: the sign of x``, element by element, in the type of the array."""
    def sin(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``sin(x), x in radians``, element by element, in the type of the array."""
    def sinh(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``(e**x - e**-x) / 2``, element by element, in the type of the array."""
    def size_array(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The number of elements, as an int64 array of shape ``(1,)``."""
    def slice(self, begin: Any, end: Any, step: Any = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The elements from ``begin`` to ``end`` by ``step``, one entry (or None) for each leading axis.

        >>> from mxnet import nd
        >>> nd.slice(nd.arange(4), begin=(None,), end=(None,), step=(-1,)).asnumpy().tolist()
        [3.0, 2.0, 1.0, 0.0]
        """
    def slice_axis(self, axis: int, begin: int, end: int | None, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The elements from ``begin`` to ``end`` (None: the last) along one axis; negative ones count from the end."""
    def slice_like(self, shape_like: NDArray, axes: tuple[int, ...] = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``data`` cut to the lengths of ``shape_like``, along ``axes`` or all.

        One axis may be a number; negative ones count from the end of ``data``, for both arrays.
        """
    def softmax(self, length: NDArray | None = ..., axis: int = ..., temperature: float | None = ..., dtype: str | None = ..., use_length: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``exp(x / temperature)`` over its sum along ``axis``, computed without overflow.

        ``length`` (with ``use_length``) gives how many elements of each row count; the others become 0.

        >>> from mxnet import nd
        >>> nd.softmax(nd.array([1000, 1000])).asnumpy().tolist()
        [0.5, 0.5]
        """
    def softmin(self, axis: int = ..., temperature: float | None = ..., dtype: str | None = ..., use_length: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """`softmax` of ``-x``."""
    def sort(self, axis: int | None = ..., is_ascend: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The elements in order along ``axis``; with ``axis=None`` all of them, with shape ``(size,)``.

        >>> from mxnet import nd
        >>> nd.array([3, 1, 2]).sort(is_ascend=False).asnumpy().tolist()
        [3.0, 2.0, 1.0]
        """
    def space_to_depth(self, block_size: int, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``(n, c, b * h, b * w) -> (n, b * b * c, h, w)``: blocks of ``b x b`` gathered into channels.

        >>> from mxnet import nd
        >>> nd.space_to_depth(nd.arange(4).reshape((1, 1, 2, 2)), block_size=2).asnumpy().ravel().tolist()
        [0.0, 1.0, 2.0, 3.0]
        """
    def split(self, num_outputs: int, axis: int = ..., squeeze_axis: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
        """``num_outputs`` equal parts along ``axis``, as a list (a single part is no list).

        ``squeeze_axis`` takes the axis away where the parts have length 1 there.
        """
    def sqrt(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``sqrt(x)``, element by element, in the type of the array."""
    def square(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``x**2``, element by element, in the type of the array."""
    def squeeze(self, axis: int | tuple[int, ...] | None = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The array without its axes of length 1 (all, or the given ones), copied; at least one axis stays.

        >>> from mxnet import nd
        >>> nd.squeeze(nd.ones((1, 2, 1))).shape, nd.squeeze(nd.ones((1, 1))).shape
        ((2,), (1,))
        """
    def sum(self, axis: Any = ..., keepdims: bool = ..., exclude: bool = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The sum along ``axis`` (all axes by default, with shape ``(1,)``).

        >>> from mxnet import nd
        >>> nd.ones((2, 3)).sum().asnumpy().tolist()
        [6.0]
        >>> nd.ones((2, 3)).sum(axis=0, exclude=True).asnumpy().tolist()
        [3.0, 3.0]
        """
    def swapaxes(self, dim1: int = ..., dim2: int = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """Two axes exchanged, copied."""
    def take(self, indices: NDArray, axis: int = ..., mode: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """Slices of ``a`` along ``axis``, in the order of ``indices``.

        Shapes: a ``(..., n, ...)``, indices ``(*i)``; the result has ``*i`` in place of ``n``.
        Indices outside are clipped (``mode='clip'``), wrapped around (``'wrap'``) or refused (``'raise'``).

        >>> from mxnet import nd
        >>> nd.take(nd.array([10, 20, 30]), nd.array([0, 5])).asnumpy().tolist()
        [10.0, 30.0]
        """
    def tan(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``tan(x), x in radians``, element by element, in the type of the array."""
    def tanh(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``sinh(x) / cosh(x)``, element by element, in the type of the array."""
    def tile(self, reps: int | tuple[int, ...], out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """The whole array repeated ``reps`` times along its axes (new leading ones, if there are more)."""
    def topk(self, axis: int | None = ..., k: int = ..., ret_typ: str = ..., is_ascend: bool = ..., dtype: str = ..., out: Any = ..., name: str | None = ..., **kwargs: Any) -> Any:
        """The ``k`` largest elements along ``axis``, largest first (the smallest with ``is_ascend``).

        Parameters
        ----------
        axis : None takes all elements together, in reading order.
        k : how many; less than 1 means all.
        ret_typ : ``'value'`` the elements, ``'indices'`` their positions, ``'both'`` a list of the two, ``'mask'`` an
            array of the shape of ``data`` with 1 where they are and 0 elsewhere.
        dtype : type of the positions.

        Gradients go to the elements that were taken.

        >>> from mxnet import nd
        >>> x = nd.array([3, 1, 2])
        >>> x.topk(k=2).asnumpy().tolist(), x.topk(k=2, ret_typ="mask").asnumpy().tolist()
        ([0.0, 2.0], [1.0, 0.0, 1.0])
        """
    def trunc(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``x without what is behind the point``, element by element, in the type of the array."""
    def zeros_like(self, out: Any = ..., name: str | None = ..., **kwargs: Any) -> NDArray:
        """``0``, element by element, in the type of the array."""
