"""A second corpus, written apart from the first: artifacts in which values and look-alikes stand together."""
