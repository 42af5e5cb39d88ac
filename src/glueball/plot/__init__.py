"""Drawings of networks and of training. matplotlib is imported when something is drawn.

``draw_network`` draws with pyplot, so its picture appears in a notebook or with ``plt.show()``; ``curves``,
``confusion`` and ``mistakes`` return a figure of their own that is meant to be saved.
"""

from glueball.plot.network import draw_network, layer_sizes
from glueball.plot.results import confusion, curves, mistakes

__all__ = ["confusion", "curves", "draw_network", "layer_sizes", "mistakes"]
