import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamer.errors import TicketInvalid
from streamer.tickets import Thing, Ticket, Tickets, fingerprint

TICKETS = Tickets("a secret")
SEGMENT = Ticket(Thing.SEGMENT, "one", 0, "v1", 7, "https://a.example/s/7.ts?sig=1")


def moved(address: str) -> Ticket:
    return Ticket(Thing.SEGMENT, "one", 0, "v1", 7, address)


@given(
    st.sampled_from(Thing),
    st.integers(0, 99),
    st.integers(-1, 2**60),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_what_was_sealed_opens(thing: Thing, stream: int, sequence: int, address: str) -> None:
    """Whatever is in the address."""
    ticket = Ticket(thing, "one", stream, "v1", sequence, address, part=3, span="0-5")
    assert TICKETS.open(TICKETS.seal(ticket)) == ticket


def test_one_thing_has_one_address_on_every_node() -> None:
    """Sealing is deterministic, across processes with the same key."""
    assert Tickets("a secret").seal(SEGMENT) == TICKETS.seal(SEGMENT)


@given(st.text(max_size=200))
def test_what_was_not_sealed_here_does_not_open(text: str) -> None:
    """No made-up ticket gets in."""
    with pytest.raises(TicketInvalid):
        TICKETS.open(text)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_ticket_does_not_open(at: int, change: int) -> None:
    """Not by a single bit."""
    sealed = bytearray(TICKETS.seal(SEGMENT).encode())
    sealed[at % len(sealed)] ^= change
    with pytest.raises(TicketInvalid):
        TICKETS.open(sealed.decode("latin-1"))


def test_another_key_does_not_open() -> None:
    """Each cluster has its own."""
    with pytest.raises(TicketInvalid):
        Tickets("another").open(TICKETS.seal(SEGMENT))
    assert fingerprint("another") != fingerprint("a secret")


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("https://a.example/s/7.ts?sig=2", True),
        ("https://b.example/s/7.ts?sig=1", True),
        ("https://a.example/s/8.ts?sig=1", False),
    ],
    ids=["signed anew", "another host", "another file"],
)
def test_a_segment_is_known_by_its_number_and_file(address: str, *, same: bool) -> None:
    """Not by its signature, nor by which of a source's hosts it is on today."""
    assert (moved(address).name == SEGMENT.name) is same
