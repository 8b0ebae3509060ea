"""Errors of many or long faults still reach the client."""

from urllib.parse import quote

import pytest
from google.rpc import error_details_pb2

from services import checks, errors

# What clients take of an error by default, less room for the other trailers.
TRAILERS = 8192 - 512


@pytest.mark.parametrize(
    "faults",
    [
        [errors.Violation(f"spec.inputs.{number}", "is required", "VARIABLE_MISSING") for number in range(1000)],
        [errors.Violation("ü" * 10_000, "ß" * 10_000)] * 1000,
        [errors.Violation(f"messages[0].{'😀' * 70}", "must not contain U+0000")] * 1000,
    ],
)
def test_error_fits_into_the_trailers_of_an_answer(faults):
    error = checks.invalid(*faults)
    status = errors.to_status(error)
    # The message goes along once percent-encoded, the status once in base64.
    assert len(quote(status.message)) + len(status.SerializeToString()) * 4 // 3 <= TRAILERS
    assert error.message.endswith("; and 995 more faults")
    request = error_details_pb2.BadRequest()
    assert status.details[1].Unpack(request)
    assert request.field_violations[-1].description.endswith("more faults; mend these first")


def test_few_faults_are_told_as_they_are():
    faults = [errors.Violation(f"variables[{number}].name", "is required") for number in range(10)]
    error = checks.invalid(*faults)
    assert list(error.violations) == faults
    assert error.message.startswith("variables[0].name: is required; variables[1].name: is required; ")
    assert (error.reason, error.metadata) == ("FIELD_INVALID", {"field": "variables[0].name"})
