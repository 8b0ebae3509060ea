"""The RPCs that tell of many runs, and what is said of one: lists, exports, usage, ratings."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
from google.protobuf.duration_pb2 import Duration

from promptwire.v1 import run_service_pb2 as pb
from promptwire.v1.error_reason_pb2 import ErrorReason
from promptwire.v1.run_pb2 import Run
from services import caller, paging
from services.checks import Checks
from services.images.viewer import Viewer
from services.runs import records, specs, times
from services.runs.rating_store import RatingStore
from services.runs.search_store import Filters, SearchStore
from services.runs.store import RunStore
from services.runs.usage_store import Group, Interval, Question, UsageStore

MAX_TEXT = 1000
MAX_STARS = 3
MAX_COMMENT = 10_000
MAX_KEY_ID = 64
# How much of an export goes into a message.
EXPORT_BYTES = 256 * 1024
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Up to this an interval that is not given is an hour.
MAX_BY_HOUR = 3 * DAY
LONGEST: dict[Interval, timedelta] = {"hour": 31 * DAY, "day": 366 * DAY}
REASON = "ERROR_REASON_"

Search = pb.ListRunsRequest | pb.ExportRunsRequest

_INTERVALS: dict[int, Interval] = {pb.GetUsageRequest.INTERVAL_HOUR: "hour", pb.GetUsageRequest.INTERVAL_DAY: "day"}
_GROUPS: dict[int, Group] = {
    pb.GetUsageRequest.GROUP_UNSPECIFIED: "",
    pb.GetUsageRequest.GROUP_KEY: "key",
    pb.GetUsageRequest.GROUP_PROMPT: "prompt",
    pb.GetUsageRequest.GROUP_MODEL: "model",
}


class ReportServicer:
    """Runs of the caller's project, as they are looked for, counted and rated."""

    def __init__(
        self, store: RunStore, searches: SearchStore, ratings: RatingStore, usage: UsageStore, viewer: Viewer
    ) -> None:
        self._store = store
        self._searches = searches
        self._ratings = ratings
        self._usage = usage
        self._viewer = viewer

    async def ListRuns(self, request: pb.ListRunsRequest, context: object) -> pb.ListRunsResponse:
        """List a page of the project's runs."""
        with Checks() as check:
            size = check.page_size(request.page_size)
            filters = _read_filters(check, request)
            lifetime = specs.read_lifetime(check, request)
        project_id = caller.current().project_id
        mark = ("runs", str(project_id), str(filters))
        after = _read_after(request.page_token, mark)
        runs, last = await self._searches.list(project_id, filters, after=after, size=size)
        for run in runs:
            self._viewer.sign(project_id, run, lifetime)
        token = paging.to_token(mark, (str(last),)) if last else ""
        return pb.ListRunsResponse(runs=runs, next_page_token=token)

    async def ExportRuns(self, request: pb.ExportRunsRequest, context: object) -> AsyncGenerator[pb.ExportRunsResponse]:
        """Give all runs that fit, no faster than they are taken."""
        with Checks() as check:
            filters = _read_filters(check, request)
            lifetime = specs.read_lifetime(check, request)
        project_id = caller.current().project_id
        async with aclosing(self._searches.walk(project_id, filters)) as pages:
            async for runs in pages:
                answer, size = pb.ExportRunsResponse(), 0
                for run in runs:
                    self._viewer.sign(project_id, run, lifetime)
                    answer.runs.append(run)
                    size += run.ByteSize()
                    if size > EXPORT_BYTES:
                        yield answer
                        answer, size = pb.ExportRunsResponse(), 0
                if answer.runs:
                    yield answer

    async def RateRun(self, request: pb.RateRunRequest, context: object) -> pb.RateRunResponse:
        """Rate a run."""
        with Checks() as check:
            run_id = check.uuid("id", request.id)
            check.number("stars", request.stars, least=0, most=MAX_STARS)
            check.text("comment", request.comment, most=MAX_COMMENT)
            if request.comment and not request.stars:
                check.fail("comment", "goes with stars; leave it out to clear the rating")
        project_id = caller.current().project_id
        await self._ratings.rate(project_id, run_id, request.stars, request.comment)
        run = await self._store.get_listed(project_id, run_id)
        self._viewer.sign(project_id, run)
        return pb.RateRunResponse(run=run)

    async def GetUsage(self, request: pb.GetUsageRequest, context: object) -> pb.GetUsageResponse:
        """Count runs and what they used."""
        with Checks() as check:
            question = _read_question(check, request)
        rows = await self._usage.count(caller.current().project_id, question)
        return pb.GetUsageResponse(buckets=[_to_bucket(row) for row in rows])


def _read_filters(check: Checks, request: Search) -> Filters:
    newer_than = request.newer_than if isinstance(request, pb.ListRunsRequest) else ""
    check.text("prompt_id", request.prompt_id, most=specs.MAX_PROMPT_ID)
    check.text("end_user_id", request.end_user_id, most=specs.MAX_END_USER_ID)
    check.text("model", request.model, most=specs.MAX_MODEL)
    check.text("text", request.text, most=MAX_TEXT)
    if request.text and not any(character.isalnum() for character in request.text):
        check.fail("text", "must hold a word")
    return Filters(
        states=_read_states(check, request),
        prompt=request.prompt_id or None,
        end_user_id=request.end_user_id or None,
        least=times.read(check, request, "min_create_time"),
        bound=times.read(check, request, "max_create_time"),
        older_than=check.uuid("older_than", request.older_than) if request.older_than else None,
        newer_than=check.uuid("newer_than", newer_than) if newer_than else None,
        text=request.text or None,
        metadata=specs.read_metadata(check, "metadata", request.metadata),
        model=request.model or None,
        reason=_read_reason(check, request),
        stars=_read_stars(check, request),
    )


def _read_states(check: Checks, request: Search) -> tuple[str, ...]:
    states = sorted(set(request.states))
    if not set(states) <= set(Run.State.values()[1:]):
        check.fail("states", f"must be of {', '.join(Run.State.keys()[1:])}")
        return ()
    return tuple(Run.State.Name(state).removeprefix(records.STATE) for state in states)


def _read_reason(check: Checks, request: Search) -> str | None:
    if not request.error_reason:
        return None
    if request.error_reason not in ErrorReason.values():
        check.fail("error_reason", "must be one of the reasons that are documented")
        return None
    return ErrorReason.Name(request.error_reason).removeprefix(REASON)


def _read_stars(check: Checks, request: Search) -> tuple[int, ...]:
    stars = sorted(set(request.stars))
    if any(not 1 <= each <= MAX_STARS for each in stars):
        check.fail("stars", f"must be of 1 to {MAX_STARS}")
    return tuple(stars)


def _read_after(token: str, mark: tuple[str, ...]) -> UUID | None:
    key = paging.from_token(token, mark, (str,))
    if key is None:
        return None
    with Checks() as check:
        return check.uuid("page_token", key[0])


def _read_question(check: Checks, request: pb.GetUsageRequest) -> Question:
    check.text("prompt_id", request.prompt_id, most=specs.MAX_PROMPT_ID)
    check.text("key_id", request.key_id, most=MAX_KEY_ID)
    for field, known in (("interval", pb.GetUsageRequest.Interval), ("group", pb.GetUsageRequest.Group)):
        if getattr(request, field) not in known.values():
            check.fail(field, f"must be of {', '.join(known.keys())}")
    least, bound = times.read(check, request, "min_create_time"), times.read(check, request, "max_create_time")
    end = records.created(bound) if bound else datetime.now(UTC)
    begin = records.created(least) if least else end - DAY
    interval = _INTERVALS.get(request.interval, "hour" if end - begin <= MAX_BY_HOUR else "day")
    if not begin < end:
        check.fail("max_create_time", "must be later than `min_create_time`")
    elif end - begin > LONGEST[interval]:
        check.fail("min_create_time", f"must be at most {LONGEST[interval].days} days before the other one")
    return Question(
        least=records.least_id(_milliseconds(_floor(begin, interval))),
        bound=bound or records.least_id(_milliseconds(end) + 1),
        interval=interval,
        group=_GROUPS.get(request.group, ""),
        prompt=request.prompt_id or None,
        key_id=request.key_id or None,
    )


def _floor(moment: datetime, interval: Interval) -> datetime:
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return hour if interval == "hour" else hour.replace(hour=0)


def _milliseconds(moment: datetime) -> int:
    return max(0, (moment - records.EPOCH) // timedelta(milliseconds=1))


def _to_bucket(row: asyncpg.Record) -> pb.UsageBucket:
    bucket = pb.UsageBucket(group=row["name"], runs=row["runs"], errors=row["errors"])
    records.stamp(bucket.begin_time, row["begin_time"])
    bucket.usage.input_tokens, bucket.usage.output_tokens = row["input_tokens"], row["output_tokens"]
    bucket.usage.images = row["images"]
    if row["latencies"] is not None:
        p50, p90, p99 = (_to_duration(seconds) for seconds in row["latencies"])
        bucket.latency.CopyFrom(pb.Latency(p50=p50, p90=p90, p99=p99))
    return bucket


def _to_duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromMilliseconds(round(seconds * 1000))
    return duration
