"""The HTTP interface: FastAPI, with everything it needs injected (`dependencies.py`)."""
