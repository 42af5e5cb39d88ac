"""Convolution by hand, and the residual network of the chapter on several devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mxnet import nd
from mxnet.base import message
from mxnet.gluon import nn

if TYPE_CHECKING:
    from mxnet.ndarray import NDArray

__all__ = ["Residual", "corr2d", "resnet18"]


def corr2d(X: NDArray, K: NDArray) -> NDArray:
    """Cross-correlation, which networks call convolution: ``Y[i, j] = sum(X[i : i + h, j : j + w] * K)``.

    Shapes: X ``(height, width)``, K ``(h, w)``; Y ``(height - h + 1, width - w + 1)``. Gradients reach both.

    Raises
    ------
    ValueError : X or K is no matrix, or K is larger than X.

    >>> corr2d(nd.arange(9).reshape((3, 3)), nd.arange(4).reshape((2, 2)))
    <BLANKLINE>
    [[19. 25.]
     [37. 43.]]
    <NDArray 2x2 @cpu(0)>
    """
    if X.ndim != 2 or K.ndim != 2 or any(k > x for k, x in zip(K.shape, X.shape, strict=True)):
        raise ValueError(
            message(
                "corr2d: the kernel does not fit into the input",
                received=f"X {X.shape}, K {K.shape}",
                because="both are matrices, and the kernel is not larger than the input in any direction",
            )
        )
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    Y = nd.zeros((rows, columns), ctx=X.context, dtype=X.dtype)
    # One shifted input for each element of the kernel: as many steps as K has elements, not as Y has.
    for i in range(h):
        for j in range(w):
            Y = Y + X[i : i + rows, j : j + columns] * K[i, j]
    return Y


class Residual(nn.HybridBlock):
    """Two 3x3 convolutions with a path around them: ``y = relu(bn2(conv2(relu(bn1(conv1(x))))) + x)``.

    Shapes: x ``(batch, channels, height, width)``; y ``(batch, num_channels, height, width)``, height and width divided
    by ``strides``.

    Parameters
    ----------
    num_channels : channels of the output.
    use_1x1conv : whether a 1x1 convolution on the path around gives x the shape of the output; needed where the number
        of channels or the size changes.
    strides : of the first convolution, and of that on the path around.

    Source: He et al., "Deep Residual Learning for Image Recognition", arXiv:1512.03385, figure 2.

    >>> block = Residual(6, use_1x1conv=True, strides=2)
    >>> block.initialize()
    >>> block(nd.zeros((4, 3, 6, 6))).shape
    (4, 6, 3, 3)

    Differs from the book's: it can be hybridized.
    """

    def __init__(self, num_channels: int, use_1x1conv: bool = False, strides: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conv1 = nn.Conv2D(num_channels, kernel_size=3, padding=1, strides=strides)
        self.conv2 = nn.Conv2D(num_channels, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2D(num_channels, kernel_size=1, strides=strides) if use_1x1conv else None
        self.bn1 = nn.BatchNorm()
        self.bn2 = nn.BatchNorm()

    def hybrid_forward(self, F: Any, X: Any) -> Any:
        """Compute y; see the class."""
        Y = F.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        return F.relu(Y + (X if self.conv3 is None else self.conv3(X)))


def resnet18(num_classes: int) -> nn.Sequential:
    """ResNet-18 for small images: a 3x3 convolution in the place of the large one and the pooling, then 8 `Residual`.

    Shapes: x ``(batch, channels, height, width)``; scores ``(batch, num_classes)``.

    >>> net = resnet18(10)
    >>> net.initialize()
    >>> net(nd.zeros((2, 1, 28, 28))).shape
    (2, 10)
    """
    net = nn.Sequential()
    net.add(nn.Conv2D(64, kernel_size=3, strides=1, padding=1), nn.BatchNorm(), nn.Activation("relu"))
    for stage, num_channels in enumerate((64, 128, 256, 512)):
        blocks = nn.Sequential()
        smaller = stage > 0  # the first stage keeps the size
        blocks.add(
            Residual(num_channels, use_1x1conv=smaller, strides=2 if smaller else 1), Residual(num_channels)
        )
        net.add(blocks)
    net.add(nn.GlobalAvgPool2D(), nn.Dense(num_classes))
    return net
