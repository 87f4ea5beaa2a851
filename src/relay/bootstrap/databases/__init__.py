"""Kinds of databases: the built-in ones, and those that other packages bring."""
