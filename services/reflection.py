"""Server reflection, so that grpcurl and `buf curl` of any age can list and describe the services."""

import grpc
import grpc.aio
from grpc_reflection.v1alpha import reflection, reflection_pb2

# The messages of the two versions are the same but for the package's name, which is not on the wire.
VERSIONS = ("grpc.reflection.v1.ServerReflection", reflection.SERVICE_NAME)


def add_reflection(server: grpc.aio.Server, services: tuple[str, ...]) -> None:
    """Serve reflection on `services`, as v1 and as v1alpha."""
    servicer = reflection.aio.ReflectionServicer((*services, reflection.SERVICE_NAME))
    info = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        reflection_pb2.ServerReflectionRequest.FromString,
        reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    handlers = [grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": info}) for name in VERSIONS]
    server.add_generic_rpc_handlers(tuple(handlers))
