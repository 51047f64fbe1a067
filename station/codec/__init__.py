"""Bytes to values and back, without input or output; every file cites its source."""
