"""Files of reviews, read: `records.py` finds the records, `columns.py` what they mean.

Pure but for reading the file: nothing here knows the store. `jobs/importing.py` puts the entries
into it.
"""
