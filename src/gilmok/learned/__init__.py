"""Small linear models over text: trained by `training/`, shipped as data, evaluated in microseconds."""

from gilmok.learned.model import Model, ModelFile, load, normalised

__all__ = ["Model", "ModelFile", "load", "normalised"]
