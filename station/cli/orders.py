"""`station orders`: the lists of units that suppliers send, and what was made of them."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import click

from station.cli.by_badge import allow
from station.cli.common import USAGE, json_option, say_json, state_of, state_option
from station.cli.order_view import document, listing_document, print_listing, print_order, print_reconciliation
from station.cli.standing import standing_journal
from station.codec import order_file
from station.codec.order_text import MAX_SIZE
from station.domain.counted import counted
from station.domain.events import OrderClosed, OrderImported, OrderLine
from station.domain.faults import OrderRefused
from station.domain.ids import Kind, identifiers
from station.domain.orders import Order, OrderBook
from station.domain.people import Action
from station.domain.reconcile import reconcile
from station.domain.record import records_of, stations_of
from station.journal.entries import Entries
from station.journal.store import Reader
from station.report.files import atomic_write
from station.report.tables import order_csv, spreadsheet
from station.ui.visible import visible

LINES_A_FACT = 500
"""Units in one fact of an import, about 60 kB: a reader never has to take a whole order at once."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}\Z", re.ASCII)
"""As domain.events.OrderName."""


@click.group()
def orders() -> None:
    """Import order lists, and reconcile them with what was made.

    Once an order is imported, a unit that stands in no open order is refused before anything of it is erased.
    """


@orders.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="What to call the order.  [default: the file's name]")
@click.option("--in-product", is_flag=True, help="Its units are in the product already: their SIMs may be active.")
@click.option("--replace", is_flag=True, help="Take the place of the order of that name.")
@state_option
@json_option
def import_order(
    file: Path,
    name: str | None,
    in_product: bool,
    replace: bool,
    state: Path | None,
    as_json: bool,
) -> None:
    """Read a supplier's list: a text file or CSV with device ids, serial numbers, ICCIDs, IMEIs in any columns.

    A row ties its words together. Headers and other columns do not matter; mobile secrets are dropped. A list that
    contradicts itself is refused with its lines, and nothing of it is imported. The line must not be running in the
    same state folder.
    """
    with file.open("rb") as source:
        data = source.read(MAX_SIZE + 1)
    order = _name_of(file, name)
    listed = order_file.read(data)
    sha256 = hashlib.sha256(data).hexdigest()
    facts = [
        OrderImported(order=order, file=_shown(file), sha256=sha256, in_product=in_product, lines=part)
        for part in _parts(listed.units)
    ]
    with standing_journal(state_of(state)) as journal:
        already = _already(journal.book(), facts[0], replace, named=name is not None)
        if already is None:
            allow(journal, Action.ORDERS)
            journal.append(facts, None)
        shared = len(journal.book().shared(already or order))
    if as_json:
        told = {"order": already or order, "changed": already is None, "in_product": in_product, "sha256": sha256}
        say_json(told | listing_document(listed) | {"in_other_orders": shared})
        return
    print_listing(already or order, listed, changed=already is None)
    if shared:
        click.secho(f"{shared} of its identifiers stand in another order; see `orders reconcile`.", fg="yellow")


@orders.command("list")
@state_option
@json_option
def list_orders(state: Path | None, as_json: bool) -> None:
    """Show every order: its units, its file, whether it is open. Works while a line runs."""
    with Reader.open(state_of(state)) as journal:
        known = journal.book().orders
    if as_json:
        say_json({"orders": [document(one) for one in known]})
        return
    if not known:
        click.echo("No order was imported; `orders import FILE` does it.", err=True)
    for one in sorted(known, key=lambda one: one.name):
        print_order(one)


@orders.command()
@click.argument("name")
@state_option
@json_option
def show(name: str, state: Path | None, as_json: bool) -> None:
    """Print the units of an order, one a line, as its file lists them. Works while a line runs."""
    with Reader.open(state_of(state)) as journal:
        order = _order(journal, name)
    if as_json:
        say_json(document(order) | {"lines": [one.model_dump(mode="json") for one in order.lines]})
        return
    for line in order.lines:
        named = identifiers(line)
        kinds: tuple[Kind, ...] = ("device_id", "serial", "iccid", "imei")
        click.echo("  ".join(f"{named.get(kind, ''):<{24 if kind == 'device_id' else 15}}" for kind in kinds).rstrip())


@orders.command("reconcile")
@click.argument("name")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write every unit as CSV, too.")
@state_option
@json_option
def reconcile_order(name: str, target: Path | None, state: Path | None, as_json: bool) -> None:
    """Compare an order with what was made: built, failed, left; made and in no order; in two orders.

    The newest run that saw a unit counts: it is built when that is a PASS. Works while a line runs.
    """
    with Reader.open(state_of(state)) as journal, journal.snapshot():
        order = _order(journal, name)
        found = reconcile(order, journal.book(), records_of(journal.events()))
        stations = stations_of(journal.events())
    if target is not None:
        atomic_write(target.resolve(), spreadsheet(order_csv(found, stations)))
    if as_json:
        say_json(found.model_dump(mode="json"))
        return
    print_reconciliation(found)
    if target is not None:
        click.echo(f"{target}: {counted(found.listed, 'unit')}", err=True)


@orders.command()
@click.argument("name")
@click.option("--why", required=True, help="The reason; it is journalled, and told for each of its units.")
@state_option
def close(name: str, why: str, state: Path | None) -> None:
    """Say that units of an order are no longer made here. The line must not be running in the same state folder."""
    folder = state_of(state)
    Reader.look(folder).close()
    with standing_journal(folder) as journal:
        order = _order(journal, name)
        if order.closed is not None:
            click.echo(f"Order {order.name} is closed already: {visible(order.closed)}")
            return
        allow(journal, Action.ORDERS)
        journal.append([OrderClosed(order=order.name, why=why)], None)
    click.echo(f"Order {order.name} is closed; its units are refused from now on.")


def _parts(units: tuple[OrderLine, ...]) -> Iterator[tuple[OrderLine, ...]]:
    for start in range(0, len(units), LINES_A_FACT):
        yield units[start : start + LINES_A_FACT]


def _already(book: OrderBook, new: OrderImported, replace: bool, named: bool) -> str | None:
    """The order that this very file is already; None when it is to be imported.

    Raises OrderRefused when the name is another file's, or when the file has another name.
    """
    same = [
        one
        for one in book.orders
        if one.closed is None and (one.sha256, one.in_product) == (new.sha256, new.in_product)
    ]
    if any(one.name == new.order for one in same):
        return new.order
    if same and not replace:
        if named:
            raise OrderRefused(f"this very file is order {same[0].name} already: two orders of the same units")
        return same[0].name
    there = book.order(new.order)
    if there is not None and not replace:
        state = "" if there.closed is None else f", which is closed: {there.closed}"
        raise OrderRefused(
            f"there is an order {there.name} of {counted(len(there.lines), 'unit')} from {there.file}{state};"
            " give this one another --name, or let it take the place of that one with --replace"
        )
    return None


def _name_of(file: Path, name: str | None) -> str:
    """The order's name: as given, else made of the file's."""
    chosen = re.sub(r"[^A-Za-z0-9._-]+", "-", file.stem).strip("-._")[:40] if name is None else name
    if not NAME.match(chosen):
        raise click.BadParameter("a letter or digit, then letters, digits, . _ -, at most 40", param_hint="--name")
    return chosen


def _shown(file: Path) -> str:
    """The file's own name, as text."""
    return os.fsencode(file.name).decode("utf-8", "replace")


def _order(journal: Entries, name: str) -> Order:
    """The order of that name, or the end of the program: usage."""
    book = journal.book()
    order = book.order(name)
    if order is None:
        names = ", ".join(sorted(one.name for one in book.orders)) or "none"
        click.echo(f"There is no order {visible(name)!r}; there are: {names}", err=True)
        raise SystemExit(USAGE)
    return order
