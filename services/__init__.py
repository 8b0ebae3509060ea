"""The gRPC server: keys, prompts and runs over Postgres."""
