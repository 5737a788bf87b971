"""What the stacked cloud knows (services, hypervisors, agents, chassis, mapped hosts, servers), in SQLite on the controller.

Run as a program (HOST ENABLED_SERVICES CELLS) it makes everything anew, as stack.sh on a controller does.
"""
import datetime
import itertools
import os
import sqlite3
import sys
import uuid

import settings

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cloud.sqlite")
TABLES = """
CREATE TABLE IF NOT EXISTS cell (
  name TEXT NOT NULL, uuid TEXT PRIMARY KEY, queue TEXT NOT NULL UNIQUE, url TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS service (
  id TEXT PRIMARY KEY, binary TEXT NOT NULL, host TEXT NOT NULL, zone TEXT NOT NULL, updated_at TEXT NOT NULL,
  queue TEXT, status TEXT NOT NULL DEFAULT 'enabled');
CREATE TABLE IF NOT EXISTS hypervisor (
  id TEXT PRIMARY KEY, host TEXT NOT NULL, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL, ip TEXT NOT NULL,
  cell TEXT NOT NULL, queue TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS agent (
  id TEXT PRIMARY KEY, binary TEXT NOT NULL, host TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (binary, host));
CREATE TABLE IF NOT EXISTS mapping (host TEXT PRIMARY KEY, cell TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS chassis (id TEXT PRIMARY KEY, host TEXT NOT NULL UNIQUE, hostname TEXT NOT NULL, ip TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS security_group (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS port (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, address TEXT NOT NULL UNIQUE, security_group TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS volume_service (
  binary TEXT NOT NULL, host TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS volume (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS floating_ip (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, address TEXT NOT NULL UNIQUE, port TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS server (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, host TEXT NOT NULL, status TEXT NOT NULL, port TEXT NOT NULL, pid INTEGER NOT NULL);
"""


def now():
    """The time as nova's API writes it."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000")


def connect():
    """A connection to the controller's database; sqlite3.OperationalError where nova's API never ran."""
    connection = sqlite3.connect(f"file:{PATH}?mode=rw", uri=True, timeout=10, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def rows(query, *values):
    connection = connect()
    try:
        return [dict(row) for row in connection.execute(query, values)]
    finally:
        connection.close()


# A condition on a row with a queue: nova hears of it by some cell's mapping, or it is the controller's own.
IS_HEARD = "(queue IS NULL OR EXISTS (SELECT 1 FROM cell WHERE instr(cell.queue, '@' || {0}.queue || ':') > 0))"


def add_service(connection, binary, host, zone, queue=None):
    connection.execute(
        "INSERT INTO service VALUES (?, ?, ?, ?, ?, ?, 'enabled')", (str(uuid.uuid4()), binary, host, zone, now(), queue))


def add_cell(name, queue, url):
    """A mapping; sqlite3.IntegrityError where some cell has the queue or the database already."""
    rows("INSERT INTO cell VALUES (?, ?, ?, ?)", name, str(uuid.uuid4()), queue, url)


def recreate(host, enabled, cells):
    """Forgets every host; what runs on the controller itself is there from the start."""
    sqlite3.connect(PATH).close()
    connection = connect()
    connection.executescript(TABLES)
    connection.execute("BEGIN IMMEDIATE")
    for table in ("cell", "service", "hypervisor", "agent", "mapping", "chassis", "security_group", "port", "server",
                  "volume_service", "volume", "floating_ip"):
        connection.execute(f"DELETE FROM {table}")
    here = settings.read()
    for name in (f"cell{number}" for number in range(1, cells + 1)):
        connection.execute("INSERT INTO cell VALUES (?, ?, ?, ?)", (
            name, str(uuid.uuid4()), f"{here['DEFAULT']['transport_url']}/nova_{name}",
            f"{here['database']['connection']}/nova_{name}?charset=utf8"))
    if "n-sch" in enabled:
        add_service(connection, "nova-scheduler", host, "internal")
    if "n-cond" in enabled:
        for _ in range(1 + cells):  # the super conductor, and one of each cell
            add_service(connection, "nova-conductor", host, "internal")
    for service, binary, backend in (("c-sch", "cinder-scheduler", ""), ("c-vol", "cinder-volume", "@lvmdriver-1")):
        if service in enabled:
            connection.execute("INSERT INTO volume_service VALUES (?, ?, 'up')", (binary, host + backend))
    connection.execute("COMMIT")
    connection.close()


class DuplicateRecord(Exception):
    """A hypervisor has the name of one that is known under another identity."""


def check_identity(connection, name, identity):
    known = connection.execute("SELECT id FROM hypervisor WHERE name = ?", (name,)).fetchone()
    if known and known["id"] != identity:
        raise DuplicateRecord(f"Duplicate compute node record found for host {name} node {name}")


def register(report, is_new):
    """Takes in what a node says runs on it; one that is not new only renews what is known. Returns rows touched.

    Raises DuplicateRecord; hypervisors without an identity of their own are whoever has their name.
    """
    connection = connect()
    try:
        connection.execute("BEGIN IMMEDIATE")
        touched = 0
        identities = report.get("identities", [])
        for name, identity in itertools.zip_longest(report.get("hypervisors", []), identities):
            if identity:
                check_identity(connection, name, identity)
            found = connection.execute(
                "UPDATE service SET updated_at = ? WHERE host = ? AND binary = 'nova-compute'", (now(), name)).rowcount
            if not found and is_new:
                add_service(connection, "nova-compute", name, "nova", report["queue"])
                connection.execute(
                    "INSERT INTO hypervisor VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (identity or str(uuid.uuid4()), name, name, report["type"], report["ip"], f"cell{report['cell']}", report["queue"]))
            touched += found or is_new
        if "conductor" in report:
            found = connection.execute(
                "UPDATE service SET updated_at = ? WHERE host = ? AND binary = 'nova-conductor'",
                (now(), report["host"])).rowcount
            if not found and is_new:
                add_service(connection, "nova-conductor", report["host"], "internal", report["queue"])
            touched += found or is_new
        for binary in report.get("agents", []):
            found = connection.execute(
                "UPDATE agent SET updated_at = ? WHERE host = ? AND binary = ?",
                (now(), report["host"], binary)).rowcount
            if not found and is_new:
                connection.execute(
                    "INSERT INTO agent VALUES (?, ?, ?, ?)", (str(uuid.uuid4()), binary, report["host"], now()))
            touched += found or is_new
        if "chassis" in report:
            connection.execute(
                "INSERT INTO chassis VALUES (?, ?, ?, ?) ON CONFLICT (host) DO UPDATE SET hostname = excluded.hostname",
                (str(uuid.uuid4()), report["host"], report["chassis"], report["tunnel_ip"]))
        connection.execute("COMMIT")
        return touched
    finally:
        connection.close()


if __name__ == "__main__":
    recreate(sys.argv[1], sys.argv[2].split(","), int(sys.argv[3]))
