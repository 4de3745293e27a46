"""The vector chain rule for vectors whose length stays open."""

from chainstep.vectors.pipeline import derive_vectors

__all__ = ["derive_vectors"]
