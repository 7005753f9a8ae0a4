"""Bodies and answers as they stand in the OpenAPI document: every field says what it is."""
