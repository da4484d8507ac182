# SPDX-License-Identifier: MIT
"""The rooms of src/, and which may use which: the one table that tidy.py
checks includes against and amalgamate.py takes its order from."""

# Each line is a layer; a file may include from its own room and from every
# layer of an earlier line. Where a lower room must call an upper one it does so
# through a struct of function pointers that the upper room fills in.
#
# base/lock is a floor above the rest of its room: it sleeps on the system's
# futex, while everything in os may use the checks of base. mem/alloc is a floor
# above the scheduler: it finds the cache of the P, and the scheduler itself
# uses the rest of mem.
LAYERS = [
    ["base"],
    ["os", "arch"],
    ["base/lock"],
    ["mem"],
    ["sched"],
    ["mem/alloc"],
    ["io", "debug"],
    ["panic"],
    ["chan", "map", "slice", "str", "sync"],
    ["time"],
    ["start"],
]

_LAYER_OF = {name: i for i, layer in enumerate(LAYERS) for name in layer}
ROOMS = {name for name in _LAYER_OF if "/" not in name}


def layer_of(room, file_name):
    """The layer of src/room/file_name; None when there is no such room."""
    stem = file_name.rsplit(".", 1)[0]
    return _LAYER_OF.get(f"{room}/{stem}", _LAYER_OF.get(room))


def may_use(room, file_name, other_room, other_name):
    """Whether the one file may include the other."""
    own, other = layer_of(room, file_name), layer_of(other_room, other_name)
    if room == other_room and own >= other:
        return True
    return other < own
