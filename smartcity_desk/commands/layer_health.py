"""How the layers that are asked for or there do, beside the channels in `health`."""

from __future__ import annotations

from typing import Any

from smartcity_desk.commands.context import Context
from smartcity_desk.commands.terminal import of_code
from smartcity_desk.domain.times import MINUTE, to_iso
from smartcity_desk.i18n import format_number, tr, trn


def lines(context: Context, now: int) -> list[dict[str, Any]]:
    """One line a layer: `place` is `layer/<name>`; `problems` in the words of the channels, `old`, and `old_file`."""
    from smartcity_desk.place.layers.plans import plans
    from smartcity_desk.place.layers.shelf import LayerShelf, health

    on = {one.name: True for one in plans(context.settings) if one.enabled}
    return [
        {
            "place": f"layer/{row['layer']}",
            "problems": _problems(row),
            "last_item_at": _iso(row["fetched_at"]),
            "last_ok_at": _iso(row["ok_at"]),
            "lag_ms": max(0, now - row["ok_at"]) if row["on"] and row["ok_at"] is not None else None,
            "next_try_at": _iso(row["next_try_at"]),
            "error": None
            if row["error"] is None or not row["on"]
            else {
                "code": row["error"],
                "params": row["params"],
                "attempts": row["attempts"],
                "stopped": row["paused"],
            },
            "edition": row["edition"],
            "as_of": row["as_of"],
            "age_ms": row["age_ms"],
            "count": row["count"],
        }
        for row in health(LayerShelf(context.paths.layers), on, now)
    ]


def row(line: dict[str, Any]) -> tuple[str, ...]:
    """A line as the table of places has it: no hour, and what it holds for today's count."""
    trouble = [tr(f"cli.health.{word}") for word in line["problems"] if word != "error"]
    if line["error"] is not None:
        trouble.insert(0, of_code(line["error"]["code"], line["error"]["params"]).what)
    lag, count = line["lag_ms"], line["count"]
    return (
        line["place"],
        (line["as_of"] or line["last_item_at"] or "—")[:10],
        "—" if lag is None else trn("cli.health.minutes", lag // MINUTE),
        "—",
        "—" if count is None else format_number(count),
        "; ".join(trouble) or "—",
    )


def _problems(row: dict[str, Any]) -> list[str]:
    if not row[
        "on"
    ]:  # it came from a file, or is asked for no more: its age is worth knowing, and nothing is wrong
        return ["old_file"] if row["stale"] else []
    words = []
    if row["paused"]:
        words.append("stopped")
    elif row["error"] is not None:
        words.append("error")
    elif row["ok_at"] is None:
        words.append("never_read")
    if row["stale"]:
        words.append("old")
    return words


def _iso(instant: int | None) -> str | None:
    return None if instant is None else to_iso(instant)
