# SPDX-License-Identifier: MIT
"""The rooms of src/, and which may use which: the one table that tidy.py
checks includes against and amalgamate.py takes its order from."""

# Each line is a layer; a room may include from its own room and from every
# room of an earlier line. Where a lower room must call an upper one it does so
# through a struct of function pointers that the upper room fills in.
LAYERS = [
    ["base"],
    ["os", "arch"],
    ["mem"],
    ["sched"],
    ["io", "gc", "debug"],
    ["panic"],
    ["chan", "map", "slice", "str", "sync"],
    ["time"],
]

ROOMS = [room for layer in LAYERS for room in layer]
LAYER_OF = {room: i for i, layer in enumerate(LAYERS) for room in layer}
