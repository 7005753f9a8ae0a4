"""The nouns of a request, and nothing that does anything.

Every noun is frozen; each stage takes some and returns a new one. See docs/life-of-a-request.md.
"""
