"""The floor of networks: their matrix products alone."""


def products(*shapes, dtype="float32"):
    """A program: for each ``(m, k, n)`` or ``(m, k, n, times)`` the product of ``(m, k)`` and ``(k, n)``, in torch.

    The results' memory is there beforehand, and weights lie as ``Dense`` and ``Linear`` keep them, transposed.
    """

    def program():
        import torch

        torch.manual_seed(0)
        ready = []
        for m, k, n, *times in shapes:
            kind = getattr(torch, dtype)
            matrices = torch.rand(m, k).to(kind), torch.rand(n, k).to(kind).t(), torch.empty(m, n, dtype=kind)
            ready += [matrices] * (times[0] if times else 1)

        def work():
            for a, b, out in ready:
                torch.mm(a, b, out=out)

        return work

    return program


def dense_step(batch, *widths):
    """The shapes of the products of one training step of a perceptron: forward, and the two gradients of each layer.

    No gradient of the input is needed, so the first layer has one less.
    """
    shapes = []
    for place, (before, after) in enumerate(zip(widths, widths[1:])):
        shapes += [(batch, before, after), (after, batch, before)]
        if place:
            shapes.append((batch, after, before))
    return shapes
