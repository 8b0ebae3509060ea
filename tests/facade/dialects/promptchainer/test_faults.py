"""What is refused, in the words of who called."""

import pytest

from facade.dialects.promptchainer import envelope, faults, runs
from facade.problem import Problem


def test_the_last_entry_tells_how_many_more_faults_there_are() -> None:
    values = {f"v{number}": float("inf") for number in range(faults.MAX_FAULTS + 7)}
    with pytest.raises(Problem) as caught:
        runs.to_create_run("flow", {"variables": values}, None, "")
    errors = envelope(caught.value).body["errors"]
    assert len(errors) == faults.MAX_FAULTS + 1
    assert errors[-1] == {"path": "", "message": "and 7 more faults; mend these first"}


@pytest.mark.parametrize(
    ("reason", "metadata", "words"),
    [
        ("PROMPT_NOT_FOUND", {}, "Flow not found"),
        ("VERSION_NOT_FOUND", {"number": "7"}, "the flow has no version 7"),
        ("VERSION_DELETED", {"number": "7"}, "version 7 of the flow was deleted; choose another one"),
        ("ALIAS_TAKEN", {"alias": "it's"}, 'another flow or prompt has the alias "it\'s"; choose another one'),
        # What lacks the facts is told as it was said.
        ("ALIAS_TAKEN", {}, "take one of `GET /api/models`"),
        ("INTERNAL", {}, "take one of `GET /api/models`"),
    ],
)
def test_problems_are_told_in_the_words_of_the_dialect(reason: str, metadata: dict[str, str], words: str) -> None:
    raised = Problem(404, reason, "take one of ListModels", metadata=metadata)
    assert faults.in_terms(raised).message == envelope(raised).body["message"] == words
