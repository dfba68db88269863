"""What is asked for often is remembered, and never more than was said."""

from finder.memory import Memory


def test_what_is_asked_for_often_stays() -> None:
    memory = Memory[str, int](8)
    memory.put("often", 1)
    for number in range(100):
        memory.put(f"once {number}", number)
        assert memory.get("often") == 1
    kept = [number for number in range(100) if memory.get(f"once {number}") is not None]
    assert 0 < len(kept) < 8
    assert memory.get("once 0") is None
