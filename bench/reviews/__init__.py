"""How well the review service judges, and what its representative vector is worth."""
