"""One row at a time: what an update or a prediction needs, resolved once, and the calls of it."""
