"""The station's ends of the bench's wires: where a real vendor library meets a thing that is not there."""
