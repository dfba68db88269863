from urllib.request import urlopen

import redis
from chassis.app import build_app
from chassis.settings import ServiceSettings
from support.servers import serving


def test_a_bare_service_answers_health() -> None:
    """The chassis alone is a service that is up."""
    with serving(build_app("x", ServiceSettings())) as served, urlopen(f"{served.base}/health") as answer:
        assert answer.status == 200


def test_each_test_finds_an_empty_redis(redis_url: str) -> None:
    """What another test wrote is gone."""
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
