"""LangChain's suite is collected where its packages are: in the environment of `make compat`."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("langchain_tests") else ["test_langchain.py"]
