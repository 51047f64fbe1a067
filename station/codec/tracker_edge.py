"""The command by which Particle's Tracker Edge firmware (Tracker One, Monitor One) goes into shipping mode.

It is that application's own, in control request 10, and no question to the factory-test firmware: it has a "cmd" and
neither "id" nor "ask". Within 5 s the unit ends its work, blinks for 5 s, takes the battery off its supply and sleeps;
once its USB supply is gone it is dark until it is plugged in again. Other applications refuse it.

Source: particle-iot/tracker-edge, src/tracker.cpp and src/tracker_shipping.cpp (v18, June 2023); docs.particle.io,
"Control requests". Never seen on hardware. In those sources the result code is the wrong way round, 0 for a command
nobody knows and INVALID_ARGUMENT for one that was done: what shows that it works is that the unit leaves USB.
"""

import json

ENTER_SHIPPING = json.dumps({"cmd": "enter_shipping"}, separators=(",", ":")).encode("ascii")
"""The payload."""

DONE = frozenset({0, -270})
"""Results with which the command may have been taken."""

SHIPPED_WITHIN = 30.0
"""Seconds from the command to the end of USB: twice 5 s by the sources, the rest a design margin."""
