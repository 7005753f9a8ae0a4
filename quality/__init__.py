"""How well Gilmok judges: every claim of `docs/quality/`, measured. `make bench-quality` runs all."""
