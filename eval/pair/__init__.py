"""How the pair encoder that comes with quoth was taught: ``python -m eval.pair --help``."""
