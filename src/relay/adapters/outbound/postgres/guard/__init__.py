"""The PostgreSQL guard: text in, facts and a plan out; nothing that it did not understand gets through."""
