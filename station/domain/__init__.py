"""Nouns and rules: no input or output, no clock, no thread."""
