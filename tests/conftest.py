"""Makes ``synthetic`` and ``contract`` beside this file importable from every test."""
