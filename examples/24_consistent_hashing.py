# %% [markdown]
# # 24. Consistent hashing
#
# A data set that is too large for one machine is spread over several, and every example needs to be found again. The
# simplest rule sends key $k$ to server $\mathrm{hash}(k) \bmod N$. It works, until a server fails or one is added: then
# $N$ changes, and with it the place of nearly every key.
#
# Consistent hashing puts servers and keys on a ring of $2^{32}$ points. A key belongs to the first server that follows
# it. When a server leaves, only its keys move, to the servers behind it; everybody else's stay.

# %%
import hashlib

import d2lzh as d2l
import numpy as np
from uhashring import HashRing

from _scale import pick, show


def point(key):
    """The place of a key on the ring: the same on every machine, unlike Python's own hash of a text."""
    return int.from_bytes(hashlib.md5(key.encode()).digest()[:4], "little")


keys = [f"image-{i}" for i in range(pick(20000, small=2000))]
servers = [f"cache-{i}" for i in range(10)]

# %% [markdown]
# ## The remainder
#
# Ten servers, one of them fails. A key stays where it was if its remainders by 10 and by 9 agree, which one key in ten
# does.


# %%
def by_remainder(key, servers):
    return servers[point(key) % len(servers)]


def moved(before, after):
    return np.mean([a != b for a, b in zip(before, after)])


before = [by_remainder(key, servers) for key in keys]
after = [by_remainder(key, servers[:-1]) for key in keys]
print("remainder: %.1f %% of the keys move when a server leaves" % (100 * moved(before, after)))

# %% [markdown]
# ## The ring
#
# `uhashring` keeps the ring. Each server stands on it many times, as *virtual nodes*: with one place each, the arcs
# between ten random points would be very unequal.


# %%
def ring_of(servers, vnodes):
    return HashRing(nodes={name: {"vnodes": vnodes} for name in servers}, hash_fn=point)


ring = ring_of(servers, 100)
before = [ring.get_node(key) for key in keys]
ring.remove_node(servers[-1])
after = [ring.get_node(key) for key in keys]
lost = [b == servers[-1] for b in before]
print("ring: %.1f %% of the keys move when a server leaves" % (100 * moved(before, after)))
print(
    "of the keys that others had, %d move"
    % sum(a != b for a, b, gone in zip(before, after, lost) if not gone)
)

ring.add_node("cache-10", {"vnodes": 100})
joined = [ring.get_node(key) for key in keys]
print("ring: %.1f %% of the keys move when a server joins" % (100 * moved(after, joined)))
print("all of them to the new one:", {j for a, j in zip(after, joined) if a != j} == {"cache-10"})

# %% [markdown]
# ## How many keys move, for any number of servers
#
# The remainder moves $1 - 1/N$ of the keys, the ring about $1/N$: the least that is possible.

# %%
counts = list(range(2, 21, pick(1, small=6)))
shares = {"hash(key) % N": [], "ring": []}
for n in counts:
    names = [f"cache-{i}" for i in range(n)]
    shares["hash(key) % N"].append(
        moved([by_remainder(k, names) for k in keys], [by_remainder(k, names[:-1]) for k in keys])
    )
    full, less = ring_of(names, 100), ring_of(names[:-1], 100)
    shares["ring"].append(moved([full.get_node(k) for k in keys], [less.get_node(k) for k in keys]))

d2l.set_figsize((5, 3.2))
for (name, values), style in zip(shares.items(), ("s--", "o-")):
    d2l.plt.plot(counts, [100 * v for v in values], style, markersize=4, label=name)
d2l.plt.plot(counts, [100 / n for n in counts], ":", color="0.5", label="least possible, 1/N")
d2l.plt.xlabel("servers, one of which leaves")
d2l.plt.ylabel("keys that move, %")
d2l.plt.ylim(0, 100)
d2l.plt.legend()
show("24-moves")

# %% [markdown]
# ## What virtual nodes are for
#
# The load of the fullest server, as a multiple of the mean: with one place each some server gets far more than its share.

# %%
vnodes = [1, 3, 10, 30, 100, 300]
loads = []
for n in vnodes:
    ring = ring_of(servers, n)
    _, per_server = np.unique([ring.get_node(key) for key in keys], return_counts=True)
    loads.append(per_server.max() / (len(keys) / len(servers)))
    print("%3d virtual nodes: the fullest server has %.2f times the mean" % (n, loads[-1]))

d2l.set_figsize((5, 3))
d2l.plt.semilogx(vnodes, loads, "o-", markersize=4)
d2l.plt.axhline(1, color="0.5", linestyle=":")
d2l.plt.xlabel("virtual nodes of each server")
d2l.plt.ylabel("fullest server / mean")
show("24-virtual-nodes")
