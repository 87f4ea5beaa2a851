"""What `relay demo` needs beside the agent; nothing here is used in production."""
