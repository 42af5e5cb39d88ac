"""Single-shot detection at the size of SSD300: 8,732 anchors, 20 classes, a batch of 32, on one CPU.

Scores and offsets are random: nearly everything is a candidate, which is the worst case for suppression.
"""

from harness import Row, Target

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


ROWS = [
    Row(
        name=f"detection-{name}",
        measures=measures,
        unit="ms",
        programs={"glueball": program, "mxnet": program},
        target=Target("mxnet", at_most=1.0),
        agreement=1e-3,
        rounds=rounds,
    )
    for name, measures, program, rounds in (
        ("targets", "`MultiBoxTarget` with mining, 8,732 anchors, batch of 32", targets, 15),
        ("best-400", "`MultiBoxDetection(nms_topk=400)`, the same", detections(nms_topk=400), 15),
        ("all", "`MultiBoxDetection` of all candidates, the same", detections(), 5),
        ("nms-400", "`box_nms(topk=400)` with 20 classes, the same", suppression(topk=400), 15),
        ("nms-all", "`box_nms` of all candidates, the same", suppression(), 1),
    )
]
