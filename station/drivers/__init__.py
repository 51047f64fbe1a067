"""Real things: one vendor library per file."""
