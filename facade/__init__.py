"""The REST server: a pure gRPC client that speaks JSON in each dialect's own shape."""
