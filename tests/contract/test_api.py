"""The API is what its description says: whatever is asked, nothing breaks, and nothing undescribed comes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import schemathesis
from catalog.main import create_app
from catalog.settings import Settings
from hypothesis import HealthCheck, settings
from pydantic import SecretStr
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.servers import Program, ServedApp, serving

DESCRIPTION = create_app(Settings(_env_file=None)).openapi()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
"""Whether a request is taken isn't judged: a window may end before it begins, and a date may be a number."""
schema = schemathesis.openapi.from_dict(orjson.loads(orjson.dumps(DESCRIPTION)))


@pytest.fixture(scope="module")
def api(redis_program: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    """The API on an empty Redis: it answers from memory, and of that there is none."""
    folder: Path = tmp_path_factory.mktemp("api")
    url = SecretStr(f"redis://127.0.0.1:{redis_program.port}/0")
    with serving(create_app(Settings(redis_url=url, data_dir=folder, rate_limit="off"))) as served:
        yield served


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_described(case: Case[Any], api: ServedApp) -> None:
    case.call_and_validate(base_url=api.base, checks=CHECKS)
