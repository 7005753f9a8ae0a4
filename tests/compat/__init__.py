"""Real clients against a real gateway.

`client` belongs to the tests. The suites of others (openai-python's own, LangChain's) need
the network and packages of their own, so only `make compat` (`python -m tests.compat`) runs them;
nothing of theirs is kept here but the list of what they are expected to say.
"""
