"""The dashboards, written as tables: `python infra/grafana/dashboards.py` makes Grafana's JSON of them.

A row is a heading and its panels; a panel is a title, a unit and what it asks for, each with a legend. The
JSON beside this is what Grafana is given; a test makes it anew and compares.
"""

# ruff: noqa: INP001  (a program, not a module)
import json
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent / "dashboards"
WIDTH, HEIGHT = 8, 7
COLUMNS = 24


class Panel(NamedTuple):
    """One graph."""

    title: str
    unit: str
    asks: dict[str, str]
    """Legend -> expression."""
    text: str = ""


Rows = dict[str, list[Panel]]

OVERVIEW: Rows = {
    "Viewers": [
        Panel("Viewers", "short", {"all": "iptv:viewers:max", "{{instance}}": "iptv_streamer_viewers"}),
        Panel(
            "Sent and fetched",
            "Bps",
            {"sent": "iptv:streamer_sent_bytes:rate1m", "fetched": "iptv:streamer_fetched_bytes:rate1m"},
        ),
        Panel(
            "Fetch and hit ratio",
            "percentunit",
            {
                "fetched per body": "iptv:streamer_fetch_ratio:rate5m",
                "in memory": "iptv:streamer_hit_ratio:rate5m",
            },
            "Of a hundred viewers of one channel the source should carry one.",
        ),
    ],
    "Speed": [
        Panel(
            "Segments that were not here: until they began",
            "s",
            {"95 of 100": "iptv:streamer_first_byte_seconds:p95_5m"},
        ),
        Panel(
            "Channels that had to be tuned in: until their playlist",
            "s",
            {"95 of 100": "iptv:streamer_start_seconds:p95_5m"},
        ),
        Panel(
            "Stalls",
            "short",
            {
                "playlists without news": "sum(iptv_streamer_playlists_late)",
                "waiting for a connection": "sum(iptv_streamer_upstream_waiting)",
            },
            "Viewers of a playlist without news run dry.",
        ),
    ],
    "Requests": [
        Panel("Requests under way", "short", {"front door": "iptv:edge_requests_in_flight:sum"}),
        Panel(
            "Requests",
            "reqps",
            {"front door": "iptv:edge_requests:rate1m", "{{door}}": "door:streamer_requests:rate1m"},
        ),
        Panel(
            "Errors",
            "percentunit",
            {"media": "iptv:streamer_errors:ratio_rate5m", "API": "iptv:catalog_http_errors:ratio_rate5m"},
        ),
        Panel("API: requests", "reqps", {"{{route}}": "route:catalog_http_requests:rate1m"}),
        Panel("API: 95 of 100 within", "s", {"{{route}}": "route:catalog_http_first_byte_seconds:p95_5m"}),
        Panel(
            "Streams that failed",
            "short",
            {"{{code}}": "sum by (code) (increase(iptv_streamer_stream_failures_total[5m]))"},
        ),
    ],
    "Sockets": [
        Panel("Socket.IO clients", "short", {"{{instance}}": "iptv_realtime_clients"}),
        Panel(
            "Announcements",
            "short",
            {"{{event}}": "sum by (event) (increase(iptv_realtime_announcements_total[1m]))"},
        ),
        Panel(
            "Clients that were cut, or sent to fetch anew",
            "short",
            {
                "cut": "sum(increase(iptv_realtime_slow_clients_total[5m]))",
                "resync": "sum(increase(iptv_realtime_resyncs_total[5m]))",
            },
        ),
    ],
}

INSIDE: Rows = {
    "Lists": [
        Panel(
            "Channels",
            "short",
            {
                "listed": "max(iptv_catalog_channels)",
                "{{status}}": "max by (status) (iptv_cluster_channels)",
            },
        ),
        Panel("Events", "short", {"listed": "max(iptv_catalog_events)"}),
        Panel(
            "Sources: since the last good reading",
            "s",
            {"{{source}} {{topic}}": "max by (source, topic) (iptv_catalog_source_age_seconds)"},
        ),
        Panel(
            "Sources: what they gave",
            "short",
            {"{{source}} {{topic}}": "max by (source, topic) (iptv_catalog_source_items)"},
        ),
        Panel(
            "Sources: what reading took",
            "s",
            {"{{source}} {{topic}}": "max by (source, topic) (iptv_catalog_source_refresh_seconds)"},
        ),
        Panel(
            "Sources that could not be read",
            "short",
            {"{{source}} {{topic}}": "max by (source, topic) (iptv_catalog_source_stale)"},
        ),
    ],
    "Jobs": [
        Panel(
            "Runs",
            "short",
            {"{{job}} {{outcome}}": "max by (job, outcome) (increase(iptv_cluster_job_runs_total[5m]))"},
        ),
        Panel(
            "Time in jobs",
            "percentunit",
            {"{{job}}": "max by (job) (rate(iptv_cluster_job_seconds_total[5m]))"},
            "1 is one job at work all the time.",
        ),
        Panel("Failures", "short", {"{{job}}": "job:cluster_job_failures:increase15m"}),
    ],
    "Nodes": [
        Panel("Processes", "short", {"{{service}}": "max by (service) (iptv_cluster_nodes)"}),
        Panel(
            "Processor",
            "percentunit",
            {"{{job}} {{instance}}": "rate(process_cpu_seconds_total[1m])"},
            "1 is a whole core.",
        ),
        Panel("Memory", "bytes", {"{{job}} {{instance}}": "process_resident_memory_bytes"}),
        Panel("Sent by each streamer", "Bps", {"{{instance}}": "node:streamer_sent_bytes:rate1m"}),
        Panel("Segments in memory", "bytes", {"{{instance}}": "iptv_streamer_cache_bytes"}),
        Panel("Open files", "short", {"{{job}} {{instance}}": "process_open_fds"}),
    ],
    "Sources' connections": [
        Panel(
            "Connections",
            "short",
            {
                "{{instance}} open": "iptv_streamer_upstream_connections",
                "{{instance}} fetching": "iptv_streamer_fetches",
            },
        ),
        Panel(
            "Requests on a kept connection",
            "percentunit",
            {
                "all": "sum(rate(iptv_streamer_upstream_reused_total[5m])) / "
                "(sum(rate(iptv_streamer_upstream_reused_total[5m])) + "
                "sum(rate(iptv_streamer_upstream_opened_total[5m])))"
            },
        ),
        Panel(
            "Playlists kept up to date",
            "short",
            {"{{instance}}": "iptv_streamer_playlists", "{{instance}} cut here": "iptv_streamer_packaged"},
        ),
    ],
}

DASHBOARDS = {"overview": ("Gateway", OVERVIEW), "inside": ("Gateway: inside", INSIDE)}


def dashboard(uid: str, title: str, rows: Rows) -> dict[str, Any]:
    """Return a dashboard as Grafana wants it."""
    panels: list[dict[str, Any]] = []
    top = 0
    for heading, graphs in rows.items():
        where = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
        panels.append({"type": "row", "title": heading, "collapsed": False, "gridPos": where, "panels": []})
        top += 1
        for number, panel in enumerate(graphs):
            x, y = number * WIDTH % COLUMNS, top + number * WIDTH // COLUMNS * HEIGHT
            panels.append(graph(panel, {"x": x, "y": y, "w": WIDTH, "h": HEIGHT}))
        top += -(-len(graphs) * WIDTH // COLUMNS) * HEIGHT
    return {
        "uid": f"iptv-{uid}",
        "title": title,
        "tags": ["iptv"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "links": [{"type": "dashboards", "tags": ["iptv"], "title": "Dashboards"}],
        "panels": [{"id": number, **panel} for number, panel in enumerate(panels, 1)],
    }


def graph(panel: Panel, where: dict[str, int]) -> dict[str, Any]:
    """Return one graph over time."""
    source = {"type": "prometheus", "uid": "prometheus"}
    return {
        "type": "timeseries",
        "title": panel.title,
        "description": panel.text,
        "datasource": source,
        "gridPos": where,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(65 + number), "datasource": source, "expr": expr, "legendFormat": legend}
            for number, (legend, expr) in enumerate(panel.asks.items())
        ],
    }


def written() -> dict[str, str]:
    """Return every dashboard's file: name -> text."""
    return {
        f"{name}.json": json.dumps(dashboard(name, title, rows), indent=1) + "\n"
        for name, (title, rows) in DASHBOARDS.items()
    }


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for name, text in written().items():
        (HERE / name).write_text(text)
