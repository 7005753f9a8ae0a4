"""The wires clients speak: decoding requests, encoding answers and errors, and the server."""
