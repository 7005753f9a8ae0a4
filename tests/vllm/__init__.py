"""A real vLLM, by `make test-vllm` only."""
