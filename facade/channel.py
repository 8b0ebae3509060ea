"""The gRPC channel to the servers: as many as the target names, without those that are about to stop."""

import json

import grpc
import grpc.aio

from facade.config import Settings

# The name whose health says whether a server takes calls. Its own trouble, such as a database that is gone, it tells in
# its answers, which say more than a channel that has nobody to call.
HEALTH = "promptwire.v1"


def open_channel(settings: Settings) -> grpc.aio.Channel:
    """Make the channel. It connects when first used, and again whenever a server comes back."""
    options = [
        ("grpc.max_receive_message_length", settings.message_limit),
        ("grpc.max_send_message_length", settings.message_limit),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        # Also bounds an attempt to connect, and so how long a call waits for a host that says nothing.
        ("grpc.min_reconnect_backoff_ms", 2_000),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 300),
        ("grpc.enable_http_proxy", 0),
        ("grpc.service_config", json.dumps(_service_config())),
    ]
    if settings.grpc_ca is None:
        return grpc.aio.insecure_channel(settings.grpc_target, options)
    credentials = grpc.ssl_channel_credentials(settings.grpc_ca.read_bytes())
    return grpc.aio.secure_channel(settings.grpc_target, credentials, options)


def _service_config() -> dict[str, object]:
    return {
        # With a target that stands for several servers (`dns:///...`) calls go to all of them in turn.
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": HEALTH},
    }
