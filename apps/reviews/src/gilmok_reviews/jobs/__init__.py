"""Work that takes longer than a request: analyses of many restaurants, imports of files.

A job is a row of the catalogue, and so are its parts and events (`store.records`). Whoever runs it
may die at any moment; the next start goes on with what is not done.
"""
