"""Things that are not there: the virtual fixture, board, chip, probe and operator."""
