"""Servers, ports, security groups, volumes and floating IPs of the stacked cloud: rows in its database, and a process that runs a server's user data.

Run as a program (ping HOST … ADDRESS) it is the ping of a guest: whether the server at this address answers a guest on that host.
"""
import os
import signal
import subprocess
import sys
import threading
import uuid

import database

LIB = os.path.dirname(os.path.abspath(__file__))
# A line "FROM TO" for hosts between which nothing passes, in this direction; with a number, nothing bigger than that.
BROKEN_PATHS = os.path.join(LIB, "broken-paths")
# While it is there, nothing leads from a floating IP to its server.
BROKEN_GATEWAY = os.path.join(LIB, "broken-gateway")


class Refused(Exception):
    """What the API answers instead: a status and a sentence."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def find(table, wanted):
    found = database.rows(f"SELECT * FROM {table} WHERE id = ? OR name = ?", wanted, wanted)
    if not found:
        raise Refused(404, f"No {table} with a name or ID of '{wanted}' exists.")
    return found[0]


def show_server(server):
    return {"id": server["id"], "name": server["name"], "status": server["status"],
            "OS-EXT-SRV-ATTR:host": server["host"], "addresses": {}}


def show_port(port):
    is_bound = any(one["status"] == "ACTIVE" for one in database.rows("SELECT * FROM server WHERE port = ?", port["id"]))
    return {"id": port["id"], "name": port["name"], "status": "ACTIVE" if is_bound else "DOWN",
            "fixed_ips": [{"subnet_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, "private")), "ip_address": port["address"]}]}


def create_group(wish):
    row = (str(uuid.uuid4()), wish["name"])
    database.rows("INSERT INTO security_group VALUES (?, ?)", *row)
    return {"id": row[0], "name": row[1]}


def create_port(wish):
    group = find("security_group", wish["security_group"])
    taken = {one["address"] for one in database.rows("SELECT address FROM port")}
    address = next(f"10.1.0.{last}" for last in range(100, 250) if f"10.1.0.{last}" not in taken)
    database.rows("INSERT INTO port VALUES (?, ?, ?, ?)", str(uuid.uuid4()), wish["name"], address, group["id"])
    return show_port(find("port", wish["name"]))


def boot(server_id, host, user_data):
    """A process that does what the guest does with its user data: its output is the console."""
    folder = os.path.join(LIB, "guests", server_id)
    os.makedirs(folder)
    ping = os.path.join(folder, "ping")
    with open(ping, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec python3 {LIB}/guests.py ping {host} "$@"\n')
    os.chmod(ping, 0o755)
    cat = os.path.join(folder, "cat")
    with open(cat, "w", encoding="utf-8") as file:
        # This process has its node's interfaces; the guest's is as DHCP would make it.
        file.write('#!/bin/sh\ncase $1 in /sys/class/net/*) echo 1442 ;; *) exec /bin/cat "$@" ;; esac\n')
    os.chmod(cat, 0o755)
    script = os.path.join(folder, "user-data")
    with open(script, "w", encoding="utf-8") as file:
        file.write(user_data)
    with open(os.path.join(folder, "console"), "wb") as console:
        return subprocess.Popen(
            ["sh", script], stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
            env={"PATH": f"{folder}:{os.environ['PATH']}"}).pid


def create_server(wish):
    port = find("port", wish["port"])
    if not database.rows("SELECT 1 FROM service WHERE host = ? AND binary = 'nova-compute'", wish["host"]):
        raise Refused(400, f"Compute host {wish['host']} could not be found.")
    server_id = str(uuid.uuid4())
    pid = boot(server_id, wish["host"], wish["user_data"])
    database.rows("INSERT INTO server VALUES (?, ?, ?, 'ACTIVE', ?, ?)", server_id, wish["name"], wish["host"], port["id"], pid)
    return show_server(find("server", server_id))


def delete_server(wish):
    server = find("server", wish["name"])
    try:
        os.killpg(server["pid"], signal.SIGKILL)
    except ProcessLookupError:
        pass  # Its user data came to an end by itself.
    database.rows("DELETE FROM server WHERE id = ?", server["id"])
    return {}


def delete_port(wish):
    port = find("port", wish["name"])
    if database.rows("SELECT 1 FROM server WHERE port = ?", port["id"]):
        raise Refused(409, f"Port {port['id']} cannot be deleted directly via the port API: has device owner compute:nova.")
    database.rows("DELETE FROM port WHERE id = ?", port["id"])
    return {}


def delete_group(wish):
    group = find("security_group", wish["name"])
    if database.rows("SELECT 1 FROM port WHERE security_group = ?", group["id"]):
        raise Refused(409, f"Security Group {group['id']} in use.")
    database.rows("DELETE FROM security_group WHERE id = ?", group["id"])
    return {}


def migrate_server(wish):
    server = find("server", wish["name"])
    if wish["host"] is None:  # nova chooses
        others = database.rows("SELECT host FROM service WHERE binary = 'nova-compute' AND status = 'enabled' AND host != ?", server["host"])
        if not others:
            raise Refused(400, "No valid host was found. There are not enough hosts available.")
        wish = {**wish, "host": others[0]["host"]}
    if server["host"] == wish["host"]:
        raise Refused(400, "Migrating to the same host is not allowed.")
    database.rows("UPDATE server SET host = ? WHERE id = ?", wish["host"], server["id"])
    return {}


def set_service(wish):
    found = database.rows("SELECT id FROM service WHERE host = ? AND binary = 'nova-compute'", wish["host"])
    if not found:
        raise Refused(404, f"Compute service nova-compute of host {wish['host']} not found.")
    database.rows("UPDATE service SET status = ? WHERE id = ?", wish["status"], found[0]["id"])
    return {}


def delete_service(wish):
    found = database.rows("SELECT host FROM service WHERE id = ?", wish["name"])
    if not found:
        raise Refused(404, f"Service {wish['name']} not found.")
    host = found[0]["host"]
    if database.rows("SELECT 1 FROM server WHERE host = ?", host):
        raise Refused(409, f"Unable to delete compute service that is hosting instances. Migrate or delete the instances first.")
    for table in ("service", "hypervisor", "mapping"):
        database.rows(f"DELETE FROM {table} WHERE host = ?", host)
    return {}


def delete_agent(wish):
    found = database.rows("SELECT host FROM agent WHERE id = ?", wish["name"])
    if not found:
        raise Refused(404, f"Agent {wish['name']} could not be found")
    database.rows("DELETE FROM agent WHERE id = ?", wish["name"])
    return {}


def read_console(wish):
    server = find("server", wish["name"])
    with open(os.path.join(LIB, "guests", server["id"], "console"), encoding="utf-8") as file:
        return {"text": f"[    0.000000] Linux version 6.6.0\n{file.read()}"}


def create_volume(wish):
    row = (str(uuid.uuid4()), wish["name"])
    database.rows("INSERT INTO volume VALUES (?, ?)", *row)
    return {"id": row[0], "name": row[1], "status": "creating"}


def show_volume(wish):
    volume = find("volume", wish["name"])
    services = database.rows("SELECT state FROM volume_service WHERE binary = 'cinder-volume'")
    return {**volume, "status": "available" if any(one["state"] == "up" for one in services) else "error"}


def delete_volume(wish):
    database.rows("DELETE FROM volume WHERE id = ?", find("volume", wish["name"])["id"])
    return {}


def change_loopback(verb, address):
    """The gateway is this node, so an address of its own answers for the server."""
    subprocess.run(["sudo", "ip", "address", verb, f"{address}/32", "dev", "lo"], check=False, stdin=subprocess.DEVNULL)


def create_floating_ip(wish):
    port = find("port", wish["port"])
    taken = {one["address"] for one in database.rows("SELECT address FROM floating_ip")}
    address = next(f"172.24.5.{last}" for last in range(100, 250) if f"172.24.5.{last}" not in taken)
    row = (str(uuid.uuid4()), wish["description"], address, port["id"])
    database.rows("INSERT INTO floating_ip VALUES (?, ?, ?, ?)", *row)
    if not os.path.exists(BROKEN_GATEWAY):
        change_loopback("add", address)
    return {"id": row[0], "description": row[1], "floating_ip_address": address, "port_id": row[3]}


def delete_floating_ip(wish):
    floating = find("floating_ip", wish["name"])
    change_loopback("del", floating["address"])
    database.rows("DELETE FROM floating_ip WHERE id = ?", floating["id"])
    return {}


ACTIONS = {
    "create volume": create_volume,
    "create floating_ip": create_floating_ip,
    "delete volume": delete_volume,
    "delete floating_ip": delete_floating_ip,
    "show volume": show_volume,
    "set service": set_service,
    "delete service": delete_service,
    "delete agent": delete_agent,
    "create security_group": create_group,
    "create port": create_port,
    "create server": create_server,
    "delete security_group": delete_group,
    "delete port": delete_port,
    "delete server": delete_server,
    "show port": lambda wish: show_port(find("port", wish["name"])),
    "show server": lambda wish: show_server(find("server", wish["name"])),
    "show security_group": lambda wish: find("security_group", wish["name"]),
    "migrate server": migrate_server,
    "console server": read_console,
}


# Two ports asked for at once would be given one address.
ONE_AT_A_TIME = threading.Lock()


def act(wish):
    """The answer to one wish of the command line; raises Refused."""
    with ONE_AT_A_TIME:
        return ACTIONS[f"{wish['action']} {wish['kind']}"](wish)


def can_reach(host, address, size):
    found = database.rows("SELECT server.host FROM server JOIN port ON port.id = server.port WHERE address = ?", address)
    limits = {}
    if os.path.exists(BROKEN_PATHS):
        with open(BROKEN_PATHS, encoding="utf-8") as file:
            for line in file:
                start, end, *limit = line.split()
                limits[start, end] = int(limit[0]) if limit else -1
    return bool(found) and size <= limits.get((host, found[0]["host"]), size)


def ping(host, arguments):
    size = int(arguments[arguments.index("-s") + 1]) if "-s" in arguments else 56
    # The address is the last word of a ping's command line.
    return can_reach(host, arguments[-1], size)


if __name__ == "__main__":
    sys.exit(0 if ping(sys.argv[2], sys.argv[3:]) else 1)
