"""Restaurant reviews, analysed: what people feel, about what, and what a place has that others have not.

A user of the gateway over HTTP: every text that a model reads goes through Gilmok.
"""
