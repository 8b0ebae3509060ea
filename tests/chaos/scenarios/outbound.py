"""E5: URLs of users that mean to lead inside. The tests of the outbound client play it; here cases are counted."""

import asyncio
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import ROOT
from tests.chaos.outcome import Outcome, at_least, exactly
from tests.chaos.stage import Scenario, Stage

TESTS = "tests/services/test_outbound.py"
# What a test of that file shows with each of its cases.
SHOWN = {
    "test_no_spelling_leads_inside": "spellings of internal hosts and addresses that led to no connection",
    "test_no_malformed_url_leads_inside": "malformed URLs and other schemes that led to no connection",
    "test_names_that_change_between_lookups": "names that change at each of 120 look-ups, and never led inside",
    "test_redirects_are_not_followed": "kinds of redirect that were not followed",
    "test_public_addresses_are_allowed_by_https_alone": "public addresses that are allowed, without connecting",
    "test_what_is_allowed_is_fetched_by_plain_http": "spellings of an allow-listed 127.0.0.2 that were fetched",
}


async def play(_: Stage) -> Outcome:
    """Run the tests and count the cases that passed and those that did not."""
    with TemporaryDirectory(prefix="promptwire-outbound-") as directory:
        report = Path(directory, "report.xml")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pytest", TESTS, f"--junitxml={report}"), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        words, err = await process.communicate()
        passed, others = _count(report)
    return Outcome(
        f"the client that fetches URLs of users (images) asked for all that the corpus in `{TESTS}` has",
        [
            *(at_least(what, passed[test], 1) for test, what in SHOWN.items()),
            at_least("cases in all", passed.total(), sum(passed[test] for test in SHOWN)),
            exactly("cases that do not hold", others, 0),
        ],
        evidence=(words + (err or b"")).decode().splitlines()[-20:],
    )


def _count(report: Path) -> tuple[Counter[str], int]:
    """Give how many cases of each test passed, and how many did not, without those that were skipped."""
    passed, others = Counter[str](), 0
    for case in ET.parse(report).iter("testcase"):
        outcomes = {child.tag for child in case}
        passed[case.attrib["name"].partition("[")[0]] += not outcomes & {"failure", "error", "skipped"}
        others += bool(outcomes & {"failure", "error"})
    return passed, others


SCENARIO = Scenario("E5", "URLs that mean to lead inside", play)
