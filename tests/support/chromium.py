"""The browser that tests look at pages with."""

from pathlib import Path

ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)


def chromium() -> str | None:
    """Return the path of Chromium; `make test` installs it or says what to install."""
    paths = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
    return next((path for path in paths if Path(path).exists()), None)
