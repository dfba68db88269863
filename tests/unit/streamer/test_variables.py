import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamer.playlist.grammar import parse, write
from streamer.playlist.rewrite import Context, Reference, rewrite
from streamer.playlist.variables import ADDED_MOST, carried, carry, defined, resolve
from support.hls import BASE, CORPUS

NAMED = st.dictionaries(
    st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True), st.text(max_size=40), max_size=4
)


def resolved(body: str, base: str = BASE, **imported: str) -> str:
    return write(resolve(parse(f"#EXTM3U\n{body}"), base, imported)).removeprefix("#EXTM3U\n")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("https://{$v}/a?{$v}", "https://x/a?x"),
        ('#EXT-X-KEY:METHOD=AES-128,URI="{$v}"', '#EXT-X-KEY:METHOD=AES-128,URI="x"'),
        ("#EXT-X-KEY:METHOD=AES-128,IV={$v}", "#EXT-X-KEY:METHOD=AES-128,IV=x"),
        ("#EXT-X-STREAM-INF:BANDWIDTH={$v}", "#EXT-X-STREAM-INF:BANDWIDTH={$v}"),
        ("#EXTINF:4,{$v}", "#EXTINF:4,{$v}"),
        ("# {$v}", "# {$v}"),
        ("{$unknown}/{$V}/{v}/$v", "{$unknown}/{$V}/{v}/$v"),
    ],
    ids=["address", "quoted string", "hexadecimal", "number", "title", "comment", "others"],
)
def test_references_are_filled_in_where_they_may_stand(line: str, expected: str) -> None:
    """4.3: addresses, quoted strings, hexadecimal sequences."""
    assert resolved(f'#EXT-X-DEFINE:NAME="v",VALUE="x"\n{line}\n') == f"{expected}\n"


def test_a_list_that_defines_nothing_stays_as_it_is() -> None:
    """Even if braces stand in it."""
    playlist = parse("#EXTM3U\n{$v}.ts\n")
    assert resolve(playlist, BASE) is playlist


def test_a_value_may_refer_to_earlier_ones() -> None:
    """As every quoted string may."""
    text = '#EXT-X-DEFINE:NAME="a",VALUE="1{$b}"\n#EXT-X-DEFINE:NAME="b",VALUE="2{$a}"\n{$b}\n'
    assert resolved(text) == "21{$b}\n"


def test_a_parameter_of_the_lists_own_address_is_a_value() -> None:
    """4.4.2.3: QUERYPARAM, without its escapes."""
    assert resolved('#EXT-X-DEFINE:QUERYPARAM="token"\n{$token}\n') == "T/1\n"
    assert resolved('#EXT-X-DEFINE:QUERYPARAM="other"\n{$other}\n') == "{$other}\n"


def test_a_nested_list_imports_from_its_multivariant_list() -> None:
    """What the address of the nested one carries is what it may import, on whatever node."""
    seen: list[Reference] = []
    rewrite(parse(CORPUS["defines"]), BASE, seen.append)
    address, known = carried(carry(seen[-1].address, seen[-1].variables))
    assert address == "https://cdn.example/live/v.m3u8?t=T/1"
    nested = parse(CORPUS["imports"])
    left = rewrite(nested, address, lambda reference: reference.address, Context(imported=known))
    assert 'URI="https://cdn.example/live/k"' in write(left)
    assert left.lines[-1].text == "https://cdn.example/live/42.ts"
    assert "IV=0x0000000000000000000000000000002A" in write(left)
    assert not left.has("EXT-X-DEFINE")


@given(NAMED)
def test_variables_survive_in_an_address(variables: dict[str, str]) -> None:
    """And the address is what it was."""
    assert carried(carry("https://a.example/x?y=%2F#z", variables)) == (
        "https://a.example/x?y=%2F",
        variables,
    )


@pytest.mark.parametrize("address", ["http://a.example/#%7B", "http://a.example/#[1]", "http://a.example/#x"])
def test_another_fragment_carries_nothing(address: str) -> None:
    """It is not ours."""
    assert carried(address) == ("http://a.example/", {})


def test_too_many_variables_are_not_carried() -> None:
    """An address has to stay one that servers take."""
    assert carry("http://a.example/", {"a": "x" * 3000}) == "http://a.example/"


def test_values_that_double_each_other_stay_small() -> None:
    """Thirty lines would else be a gigabyte."""
    lines = ['#EXT-X-DEFINE:NAME="v0",VALUE="xxxxxxxx"']
    lines += [f'#EXT-X-DEFINE:NAME="v{at}",VALUE="{{$v{at - 1}}}{{$v{at - 1}}}"' for at in range(1, 60)]
    text = "\n".join([*lines, "{$v59}", *["{$v10}"] * 1000])
    assert len(resolved(text)) < ADDED_MOST * 2
    assert sum(map(len, defined(parse(text), BASE).values())) < ADDED_MOST * 2
