"""The control plane's side of Relay: JSON-RPC 2.0 over one WebSocket that Relay dials."""
