"""Single-shot detection at the size of SSD300: 8,732 anchors, 20 classes, a batch of 32, on one CPU.

Scores and offsets are random: nearly everything is a candidate, which is the worst case for suppression.
"""

from harness import Floor, Row, Target

CLASSES, BATCH = 20, 32
# length of a square feature map, and the boxes at each of its places
MAPS = ((38, 4), (19, 6), (10, 6), (5, 6), (3, 4), (1, 4))
RATIOS = {4: (1, 2, 0.5), 6: (1, 2, 0.5, 3, 1 / 3)}


def arrays():
    """Anchors, labels, class scores and offsets."""
    import numpy as np

    from mxnet import nd

    source = np.random.RandomState(0)
    anchors = nd.concat(
        *(
            nd.contrib.MultiBoxPrior(
                nd.zeros((1, 1, n, n)), sizes=(0.1 + 0.16 * i, 0.18 + 0.16 * i), ratios=RATIOS[each]
            )
            for i, (n, each) in enumerate(MAPS)
        ),
        dim=1,
    )
    count = anchors.shape[1]
    labels = np.full((BATCH, 10, 5), -1.0)
    for label in labels:
        boxes = source.randint(1, 11)
        middle, half = source.uniform(0.2, 0.8, (boxes, 2)), source.uniform(0.05, 0.2, (boxes, 2))
        label[:boxes, 0] = source.randint(0, CLASSES, boxes)
        label[:boxes, 1:] = np.concatenate([middle - half, middle + half], axis=1)
    scores = nd.array(source.standard_normal((BATCH, CLASSES + 1, count)) * 2)
    offsets = nd.array(source.standard_normal((BATCH, count * 4)) * 0.3)
    return anchors, nd.array(labels), scores, offsets


def total(outputs):
    return sum(float(each.asnumpy().sum(dtype="float64")) for each in outputs)


def targets():
    from mxnet import nd

    anchors, labels, scores, _ = arrays()
    return lambda: total(nd.contrib.MultiBoxTarget(anchors, labels, scores, negative_mining_ratio=3))


def detections(**attributes):
    def program():
        from mxnet import nd

        anchors, _, scores, offsets = arrays()
        probabilities = nd.softmax(scores, axis=1)
        return lambda: total([nd.contrib.MultiBoxDetection(probabilities, offsets, anchors, **attributes)])

    return program


def suppression(**attributes):
    def program():
        import numpy as np

        from mxnet import nd

        anchors, _, _, _ = arrays()
        source = np.random.RandomState(1)
        boxes = np.tile(anchors.asnumpy(), (BATCH, 1, 1))
        shape = (*boxes.shape[:2], 1)
        rows = nd.array(
            np.concatenate([source.randint(0, CLASSES, shape), source.uniform(0, 1, shape), boxes], axis=2)
        )
        return lambda: total([nd.contrib.box_nms(rows, id_index=0, **attributes)])

    return program


# -------------------------------------------------------------------------------------------------------- floors

COUNT = sum(n * n * each for n, each in MAPS)


def boxes(*shape):
    import torch

    corners = torch.rand(*shape, 2) * 0.8
    return torch.cat([corners, corners + 0.2], -1)


def overlaps():
    """The shares that every anchor has with every label: minima, maxima, products."""
    import torch

    anchors, labels = boxes(COUNT)[None, :, None], boxes(BATCH, 10)[:, None]
    areas = 0.04 + 0.04

    def work():
        low = torch.maximum(anchors[..., :2], labels[..., :2])
        size = torch.minimum(anchors[..., 2:], labels[..., 2:]).sub_(low).clamp_(min=0)
        shared = size[..., 0].mul_(size[..., 1])
        return shared.div_(areas - shared).max(2)

    return lambda: work() and None


def decoding():
    """The best class of each candidate, and its box from the offsets."""
    import torch

    scores, offsets = torch.rand(BATCH, CLASSES + 1, COUNT), torch.rand(BATCH, COUNT, 4)
    anchors = boxes(COUNT)
    found = torch.empty_like(offsets)

    def work():
        scores[:, 1:].max(1)
        middle = torch.addcmul(anchors[:, :2], offsets[..., :2], anchors[:, 2:], value=0.1)
        half = offsets[..., 2:].mul(0.2).exp_().mul_(anchors[:, 2:])
        torch.sub(middle, half, out=found[..., :2])
        torch.add(middle, half, out=found[..., 2:])

    return work


def sorting():
    """The candidates of each image in the order of their scores."""
    import torch

    scores = torch.rand(BATCH, COUNT)
    return lambda: torch.sort(scores, descending=True) and None


OVERLAPS = Floor("in torch, the overlaps of all anchors with all labels, and the largest of each", overlaps)
DECODING = Floor("in torch, the best class of each candidate and the decoding of its box", decoding)
SORTING = Floor("in torch, one sort of the scores of each image", sorting)

ROWS = [
    Row(
        name=f"detection-{name}",
        measures=measures,
        unit="ms",
        programs={"glueball": program, "mxnet": program},
        targets=(Target("mxnet", at_most=1.0),),
        floor=floor,
        agreement=1e-3,
        rounds=rounds,
    )
    for name, measures, program, floor, rounds in (
        ("targets", "`MultiBoxTarget` with mining, 8,732 anchors, batch of 32", targets, OVERLAPS, 15),
        ("best-400", "`MultiBoxDetection(nms_topk=400)`, the same", detections(nms_topk=400), DECODING, 15),
        ("all", "`MultiBoxDetection` of all candidates, the same", detections(), DECODING, 5),
        ("nms-400", "`box_nms(topk=400)` with 20 classes, the same", suppression(topk=400), SORTING, 15),
        ("nms-all", "`box_nms` of all candidates, the same", suppression(), SORTING, 1),
    )
]
