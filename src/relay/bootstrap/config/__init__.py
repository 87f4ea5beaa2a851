"""Configuration: one YAML file, or the environment alone, read into checked settings and domain objects."""
