"""The tests. As in `promptwire` itself, what is started while gRPC is at work would crash without this."""

import os

# Read when gRPC is imported, so it is set before.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
