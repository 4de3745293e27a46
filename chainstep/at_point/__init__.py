"""Numbers at a point: the given values, and both passes through the graph."""
