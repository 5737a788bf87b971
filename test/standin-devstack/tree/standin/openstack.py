"""`openstack` for what the stacked cloud can say of itself: compute services, hypervisors, network agents."""
import argparse
import os
import re
import sys
import urllib.error

import client
import settings
import table

CLOUDS = "/etc/openstack/clouds.yaml"
AGENTS = {
    "ovn-controller": "OVN Controller agent",
    "ovn-controller-gateway": "OVN Controller Gateway agent",
    "neutron-ovn-agent": "OVN Neutron agent",
    "neutron-ovn-metadata-agent": "OVN Metadata agent",
}


def cloud_password(name):
    """The password of one cloud in clouds.yaml (the form stack.sh writes, so no YAML parser is wanted)."""
    with open(CLOUDS, encoding="utf-8") as file:
        block = re.search(rf"^  {re.escape(name)}:\n((?:    .*\n)+)", file.read(), re.M)
    if block is None:
        raise LookupError(f"Cloud {name} was not found.")
    return re.search(r"^ +password: (.*)$", block[1], re.M)[1]


def compute_services(state, options):
    rows = [
        (one["id"], one["binary"], one["host"], one["zone"], "enabled", "up", one["updated_at"])
        for one in state["services"]
        if options.host in (None, one["host"]) and options.service in (None, one["binary"])
    ]
    return ("ID", "Binary", "Host", "Zone", "Status", "State", "Updated At"), rows


def hypervisors(state, options):
    columns = ("ID", "Hypervisor Hostname", "Hypervisor Type", "Host IP", "State")
    rows = [(one["id"], one["name"], one["type"], one["ip"], "up") for one in state["hypervisors"]]
    if options.long:
        columns += ("vCPUs Used", "vCPUs", "Memory MB Used", "Memory MB")
        rows = [row + (None, None, None, None) for row in rows]
    return columns, rows


def network_agents(state, options):
    rows = [
        (one["id"], AGENTS[one["binary"]], one["host"], "" if "ovn-controller" in one["binary"] else None, True, True,
         one["binary"].removesuffix("-gateway"))
        for one in state["agents"]
        if options.host in (None, one["host"])
    ]
    return ("ID", "Agent Type", "Host", "Availability Zone", "Alive", "State", "Binary"), rows


COMMANDS = {
    ("compute", "service", "list"): compute_services,
    ("hypervisor", "list"): hypervisors,
    ("network", "agent", "list"): network_agents,
}


def parse(arguments):
    parser = argparse.ArgumentParser(prog="openstack")
    parser.add_argument("--os-cloud", default=os.environ.get("OS_CLOUD"))
    parser.add_argument("--os-region", "--os-region-name")
    parser.add_argument("-f", "--format", default="table", choices=("json", "table", "value"))
    parser.add_argument("-c", "--column", action="append")
    parser.add_argument("--host")
    parser.add_argument("--service")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("words", nargs="*")
    return parser.parse_intermixed_args(arguments)


def main(arguments):
    options = parse(arguments)
    command = COMMANDS.get(tuple(options.words))
    if command is None:
        print(f"openstack: {' '.join(options.words)!r} is not an openstack command. See 'openstack --help'.",
              file=sys.stderr)
        return 2
    try:
        password = cloud_password(options.os_cloud) if options.os_cloud else os.environ.get("OS_PASSWORD")
        if not password:
            print("Missing value auth-url required for auth plugin password", file=sys.stderr)
            return 1
        state = client.call(settings.read()["service_user"]["auth_url"] + "/state", password=password)
    except urllib.error.HTTPError as error:
        print(f"The request you have made requires authentication. (HTTP {error.code})", file=sys.stderr)
        return 1
    except (OSError, LookupError) as error:
        print(error, file=sys.stderr)
        return 1
    columns, rows = command(state, options)
    if options.column:
        chosen = [columns.index(name) for name in columns if name in options.column]
        columns = tuple(columns[index] for index in chosen)
        rows = [tuple(row[index] for index in chosen) for row in rows]
    text = table.render(columns, rows, options.format)
    if text:
        print(text)
    return 0
