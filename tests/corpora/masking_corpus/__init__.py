"""Labelled texts for the masking detectors: made from a seed, the same ones each time, no person's data."""
