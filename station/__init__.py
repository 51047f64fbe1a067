"""The program a contract manufacturer's line runs to make Particle devices."""

__version__ = "0.1.0"
