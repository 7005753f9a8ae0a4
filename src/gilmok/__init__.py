"""Gilmok: a privacy-first gateway and router for language models."""

__version__ = "0.1.0"
