"""Orders as a person at a terminal reads them."""

from datetime import UTC, datetime, timedelta

import click

from station.codec.order_file import OrderFile, told
from station.domain.counted import counted
from station.domain.ids import KIND_NAMES
from station.domain.orders import Order
from station.domain.reconcile import OrderedUnit, Reconciliation
from station.ui.visible import visible

SHOWN = 50
"""Units of one kind that a terminal lists; the JSON and the CSV have all."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def document(order: Order) -> dict[str, object]:
    """An order without its units."""
    return {
        "order": order.name,
        "units": len(order.lines),
        "in_product": order.in_product,
        "file": order.file,
        "sha256": order.sha256,
        "imported_at": _time(order).isoformat(),
        "closed": order.closed,
    }


def listing_document(listed: OrderFile) -> dict[str, object]:
    """What was read of a supplier's list, without its units."""
    return {
        "units": len(listed.units),
        "encoding": listed.encoding,
        "rows": listed.rows,
        "header": listed.header,
        "rows_with_units": listed.with_units,
        "rows_named": listed.named,
        "findings": [{"line": one.line, "says": one.says, "unit": one.unit} for one in listed.findings],
        "secrets_dropped": listed.secrets,
        "other_words": listed.strangers,
    }


def print_listing(name: str, listed: OrderFile, changed: bool) -> None:
    """What came of an import, and what of the list a person should look at."""
    for line in told(listed.findings):
        click.secho(line, fg="yellow", err=True)
    if not changed:
        click.echo(f"This file is order {name} already; nothing was changed.")
        return
    lines = [f"{listed.with_units} with units"]
    lines += [f"{listed.header} before them"] if listed.header else []
    lines += [f"{listed.named} named above"] if listed.named else []
    parts = [f"{counted(listed.rows, 'line')}: {', '.join(lines)}", listed.encoding]
    parts += [f"{counted(listed.secrets, 'mobile secret')} dropped"] if listed.secrets else []
    parts += [counted(listed.strangers, "other word")] if listed.strangers else []
    click.echo(f"Order {name}: {counted(len(listed.units), 'unit')} ({'; '.join(parts)}).")


def print_order(order: Order) -> None:
    """One line."""
    state = "open" if order.closed is None else f"closed: {visible(order.closed)}"
    product = "  in the product" if order.in_product else ""
    file = visible(order.file)
    units = counted(len(order.lines), "unit")
    click.echo(f"{order.name:<20} {units:>13}  {_time(order):%Y-%m-%d %H:%M} UTC  {file}  {state}{product}")


def print_reconciliation(found: Reconciliation) -> None:
    """The counts, then every unit that needs somebody."""
    state = "" if found.closed is None else f", closed: {visible(found.closed)}"
    click.secho(f"Order {found.order}, {visible(found.file)}{state}", bold=True)
    for name, count in (
        ("listed", found.listed),
        ("built", found.built),
        ("failed", found.failed),
        ("left", found.left),
    ):
        click.echo(f"  {name:<8}{count:>7}")
    _list("failed, newest run", [_failed(one) for one in found.units if one.state == "failed"])
    _list("made, and in no order", [f"{one.device_id or ''}  {one.serial or ''}  {one.run}" for one in found.strangers])
    _list(
        "in another order, too",
        [
            f"{KIND_NAMES[one.kind]} {one.value}  {one.other}"
            + (f"  with another {' and '.join(KIND_NAMES[kind] for kind in one.differs)}" if one.differs else "")
            for one in found.in_two_orders
        ],
    )
    if found.listed and found.built == found.listed and not found.in_two_orders:
        click.secho("  Every unit of it is built.", fg="green")


def _failed(unit: OrderedUnit) -> str:
    outcome = unit.outcome.value if unit.outcome else "open"
    return f"{unit.line.device_id or unit.line.serial}  {outcome} {unit.code}  {unit.run}"


def _list(title: str, lines: list[str]) -> None:
    if not lines:
        return
    click.secho(f"{title}: {len(lines)}", fg="yellow")
    for line in lines[:SHOWN]:
        click.echo(f"  {line}")
    if len(lines) > SHOWN:
        click.echo(f"  and {len(lines) - SHOWN} more; --json has all")


def _time(order: Order) -> datetime:
    return _EPOCH + timedelta(microseconds=order.at)
