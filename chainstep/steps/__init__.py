"""The four steps of a derivation, one file each."""
