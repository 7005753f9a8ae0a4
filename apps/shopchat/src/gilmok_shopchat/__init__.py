"""A shop's live chat: looks orders up, offers refunds, and answers from the shop's own pages.

A user of the gateway over HTTP: questions are embedded and answered through Gilmok.
"""
