"""The synthetic patients as readable data, one module for each disease; ``generate.py`` writes them out."""
