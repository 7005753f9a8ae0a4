"""Everything the command line says, in English and Korean side by side.

One module per subject; each message is a `Said`, so that no language can be forgotten. `{names}`
are the same in both. A meta-test walks these modules.
"""
