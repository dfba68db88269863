"""RFC 9457: the body of every error."""

from contracts.record import Record


class Problem(Record):
    """`application/problem+json`. `code` is for programs, `title` and `detail` are for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    code: str
    request_id: str = ""
