"""Column rules, classes and the way of values through filters and pipelines, by the path of a field."""
