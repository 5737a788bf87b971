"""`nova-manage cell_v2 …` and `nova-status upgrade check`, straight from the controller's database."""
import re
import sqlite3
import sys

import database
import settings
import table

CELL0 = "00000000-0000-0000-0000-000000000000"


def cells():
    return database.rows("SELECT name, uuid, queue, url FROM cell ORDER BY name")


def unmapped(cell):
    return database.rows(
        "SELECT host, id FROM hypervisor WHERE cell = ? AND instr(?, '@' || queue || ':') > 0 "
        "AND host NOT IN (SELECT host FROM mapping) ORDER BY rowid", cell["name"], cell["queue"])


def discover_hosts(options):
    """Maps what has no mapping yet. Two at once end in an error on real nova; here one waits for the other."""
    known = cells()
    lines = [f"Found {len(known) + 1} cell mappings.", "Skipping cell0 since it does not contain hosts."]
    count = 0
    for cell in known:
        lines.append(f"Getting computes from cell '{cell['name']}': {cell['uuid']}")
        found = unmapped(cell)
        for one in found:
            lines.append(f"Checking host mapping for compute host '{one['host']}': {one['id']}")
            lines.append(f"Creating host mapping for compute host '{one['host']}': {one['id']}")
            database.rows("INSERT OR IGNORE INTO mapping VALUES (?, ?)", one["host"], cell["name"])
        lines.append(f"Found {len(found)} unmapped computes in cell: {cell['uuid']}")
        count += len(found)
    if "--verbose" in options:
        print("\n".join(lines))
    return 1 if "--strict" in options and not count else 0


def delete_host(options):
    host = options[options.index("--host") + 1]
    if not database.rows("SELECT 1 FROM mapping WHERE host = ?", host):
        print(f"The host {host} was not found.")
        return 3
    database.rows("DELETE FROM mapping WHERE host = ?", host)
    return 0


def list_hosts(_options):
    hosts = database.rows("SELECT host, cell FROM mapping ORDER BY cell, host")
    uuids = {cell["name"]: cell["uuid"] for cell in cells()}
    rows = [(one["cell"], uuids[one["cell"]], one["host"]) for one in hosts]
    print(table.pretty(("Cell Name", "Cell UUID", "Hostname"), rows, True))
    return 0


def list_cells(options):
    here = settings.read()
    is_verbose = "--verbose" in options

    def shown(url):
        # Without --verbose nova-manage masks the password, with it the password is there for all to see.
        return url if is_verbose else re.sub(r":[^:@/]*@", ":****@", url)

    zero = "none:///" if is_verbose else "none:/"
    rows = [
        ("cell0", CELL0, zero, shown(f"{here['database']['connection']}/nova_cell0?charset=utf8"), False),
        *((cell["name"], cell["uuid"], shown(cell["queue"]), shown(cell["url"]), False) for cell in cells()),
    ]
    print(table.pretty(("Name", "UUID", "Transport URL", "Database Connection", "Disabled"), rows, True))
    return 0


def create_cell(options):
    wanted = dict(zip(options[::2], options[1::2]))
    try:
        database.add_cell(wanted["--name"], wanted["--transport-url"], wanted["--database_connection"])
    except sqlite3.IntegrityError:
        print("The specified transport_url and/or database_connection combination already exists for cell "
              f"{wanted['--name']}.")
        return 2
    return 0


COMMANDS = {
    "create_cell": create_cell, "delete_host": delete_host, "discover_hosts": discover_hosts, "list_hosts": list_hosts,
    "list_cells": list_cells}


def without_config(arguments):
    """The arguments less --config-file FILE, which chooses nothing here."""
    rest = list(arguments)
    while "--config-file" in rest:
        place = rest.index("--config-file")
        del rest[place:place + 2]
    return rest


def manage(arguments):
    words = without_config(arguments)
    command = COMMANDS.get(words[1]) if len(words) > 1 and words[0] == "cell_v2" else None
    if command is None:
        print(f"nova-manage: error: invalid choice: {' '.join(words)}", file=sys.stderr)
        return 2
    try:
        return command(words[2:])
    except (sqlite3.OperationalError, FileNotFoundError, IndexError) as error:
        print(f"An error has occurred:\nCantStartEngineError: No sql_connection parameter is established ({error})",
              file=sys.stderr)
        return 255


def status(arguments):
    if without_config(arguments) != ["upgrade", "check"]:
        print("usage: nova-status upgrade check", file=sys.stderr)
        return 2
    try:
        mapped = database.rows("SELECT host FROM mapping")
        computes = database.rows("SELECT host FROM hypervisor")
    except sqlite3.OperationalError as error:
        print(f"Error:\n{error}", file=sys.stderr)
        return 255
    failed = not mapped and computes
    lines = ["Check: Cells v2", f"Result: {'Failure' if failed else 'Success'}"]
    if failed:
        lines.append("Details: No host mappings found but there are compute nodes.")
        lines.append("  Run command 'nova-manage cell_v2 simple_cell_setup'")
        lines.append("  and then retry.")
    else:
        lines.append("Details: None")
    title = "Upgrade Check Results"
    width = max(map(len, [title, *lines]))
    rule = "+" + "-" * (width + 2) + "+"
    print("\n".join([rule, f"| {title.ljust(width)} |", rule,
                     *(f"| {line.ljust(width)} |" for line in lines), rule]))
    return 2 if failed else 0
