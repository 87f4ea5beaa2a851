"""What the application needs from outside: Protocols that adapters and in-memory doubles implement."""
