"""Trains the small models that ship in `gilmok.learned`: one script each, `make train` runs all."""
