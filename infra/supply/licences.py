"""The licence of every distribution that a service stands on, as each says of itself: one a line."""

from importlib.metadata import Distribution, distributions


def licence(found: Distribution) -> str:
    """Return what it says: the expression, else its classifiers, else the first line of the text."""
    said = found.metadata.get("License-Expression")
    classifiers = [
        each.rpartition(" :: ")[2]
        for each in found.metadata.get_all("Classifier") or []
        if each.startswith("License ::")
    ]
    text = (found.metadata.get("License") or "").strip().splitlines()
    return said or ", ".join(classifiers) or (text[0] if text else "not said")


if __name__ == "__main__":
    for one in sorted(distributions(), key=lambda each: each.metadata["Name"].lower()):
        print(f"{one.metadata['Name']} {one.version}: {licence(one)}")  # noqa: T201
