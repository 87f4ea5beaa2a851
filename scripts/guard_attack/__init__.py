"""What attacks the PostgreSQL guard: a grammar, mutations, and the server as the judge."""
