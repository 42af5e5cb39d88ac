"""One small graph or more for every operator that is exported."""

from . import elementwise, flow, layers, reductions, shapes, vision

CASES = [case for module in (elementwise, flow, layers, reductions, shapes, vision) for case in module.CASES]
RANDOM = vision.RANDOM
