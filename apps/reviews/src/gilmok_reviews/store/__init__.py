"""What is kept: the catalogue in SQLite is the truth, Qdrant is an index made from it.

| module | |
| --- | --- |
| `statements.py` | all SQL |
| `database.py` | the connection, transactions, one process at a time |
| `catalogue.py` | restaurants, reviews, judgements, representative sums |
| `records.py` | jobs, their parts, events and bad lines |
| `vectors.py` | Qdrant |
| `library.py` | all of it together, for the rest of the service |
| `judging.py` | moods and aspects, in the background |
| `indexing.py` | from a stored review to one that can be found |
"""
