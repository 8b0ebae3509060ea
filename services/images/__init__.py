"""Images that runs made: kept by their content, and shown to whoever has a token."""
