"""The events on disk: the truth."""
