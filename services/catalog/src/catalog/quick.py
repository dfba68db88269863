"""Search, past the framework: what is typed letter by letter is asked by everybody at once.

Of 0.8 ms for a search the framework had 0.5, and the search itself 0.06. A query that isn't as described
goes on to the framework, which says what is wrong with it.
"""

from time import perf_counter
from urllib.parse import parse_qsl

from contracts.search import SearchResults
from pydantic import ValidationError
from starlette.responses import Response
from starlette.types import Scope

from catalog.queries import SearchQuery
from catalog.snapshot import Snapshot

SEARCH = "/api/search"


def searched(scope: Scope, snapshot: Snapshot) -> Response | None:
    """Return the answer to a search; None where the query is not as it should be."""
    said = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    try:
        query = SearchQuery.model_validate(said)
    except ValidationError:
        return None
    return found(query, snapshot)


def found(query: SearchQuery, snapshot: Snapshot) -> Response:
    """Return channels and events, best first."""
    started = perf_counter()
    hits = snapshot.find(query.q, query.limit)
    took_ms = round((perf_counter() - started) * 1000, 2)
    results = SearchResults(query=query.q, results=hits, took_ms=took_ms)
    return Response(results.model_dump_json(), media_type="application/json")
