"""Several networks of one kind, from several seeds, that predict together."""
