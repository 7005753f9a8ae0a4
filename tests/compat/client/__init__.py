"""The official OpenAI client against the gateway; `make compat` runs its own suite."""
