"""A file of exercises in, a worksheet or a stream of derivations out."""
