"""`openstack` for what the stacked cloud can say of itself and do: services, hypervisors, agents, providers, and servers."""
import argparse
import json
import os
import re
import sys
import urllib.error
import uuid

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
        (one["id"], one["binary"], one["host"], one["zone"], one["status"], "up", one["updated_at"])
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


def provider_id(hypervisor):
    return str(uuid.uuid5(uuid.UUID(hypervisor["id"]), "provider"))


def providers(state, options):
    columns = ("uuid", "name", "generation")
    rows = [(provider_id(one), one["name"], 2) for one in state["hypervisors"] if options.name in (None, one["name"])]
    if options.os_placement_api_version >= "1.14":
        columns += ("root_provider_uuid", "parent_provider_uuid")
        rows = [row + (row[0], None) for row in rows]
    return columns, rows


def inventory(state, options):
    if options.names[0] not in [provider_id(one) for one in state["hypervisors"]]:
        raise LookupError(f"No resource provider with uuid {options.names[0]} found (HTTP 404)")
    columns = ("resource_class", "allocation_ratio", "min_unit", "max_unit", "reserved", "step_size", "total", "used")
    sizes = {"VCPU": 2, "MEMORY_MB": 4096, "DISK_GB": 40}
    return columns, [(name, 1.0, 1, total, 0, 1, total, 0) for name, total in sizes.items()]


def named(kind):
    return lambda state, _options: (("ID", "Name"), [(one["id"], one["name"]) for one in state[kind]])


def servers(state, options):
    rows = [(one["id"], one["name"], one["status"]) for one in state["servers"] if options.host in (None, one["host"])]
    return ("ID", "Name", "Status"), rows


NETWORKS = ("private", "public")


def network_id(name):
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


IMAGE = ("5f3a9d1e-0000-4000-8000-000000000001", "cirros-0.6.3-x86_64-disk")

# What is listed: columns and rows of the state.
LISTS = {
    ("compute", "service", "list"): compute_services,
    ("hypervisor", "list"): hypervisors,
    ("network", "agent", "list"): network_agents,
    ("resource", "provider", "list"): providers,
    ("resource", "provider", "inventory", "list"): inventory,
    ("image", "list"): lambda _state, _options: (("ID", "Name", "Status"), [(*IMAGE, "active")]),
    ("flavor", "list"): lambda _state, _options: (("ID", "Name"), [("1", "m1.tiny"), ("c1", "cirros256")]),
    ("project", "list"): lambda _state, _options: (("ID", "Name"), [("0a", "admin"), ("0d", "demo")]),
    ("user", "list"): lambda _state, _options: (("ID", "Name"), [("0b", "admin"), ("0e", "demo")]),
    ("network", "list"): lambda _state, _options: (("ID", "Name"), [(network_id(name), name) for name in NETWORKS]),
    ("router", "list"): lambda _state, _options: (("ID", "Name"), [("0c", "router1")]),
    ("server", "list"): servers,
    ("port", "list"): named("ports"),
    ("security", "group", "list"): named("security_groups"),
    ("volume", "list"): named("volumes"),
    ("volume", "service", "list"): lambda state, _options: (("Binary", "Host", "Zone", "Status", "State"), [
        (one["binary"], one["host"], "nova", "enabled", one["state"]) for one in state["volume_services"]]),
    ("floating", "ip", "list"): lambda state, options: (
        ("ID", "Description") if options.long else ("ID",),
        [(one["id"], one["name"]) if options.long else (one["id"],) for one in state["floating_ips"]]),
}


def read_user_data(options):
    with open(options.user_data, encoding="utf-8") as file:
        return file.read()


# What is done to one resource: the action and the kind of guests.py, and what it takes besides the name.
WISHES = {
    ("compute", "service", "delete"): ("delete", "service", lambda _options: {}),
    ("network", "agent", "delete"): ("delete", "agent", lambda _options: {}),
    ("server", "create"): ("create", "server", lambda options: {
        "port": options.port, "host": options.host, "user_data": read_user_data(options)}),
    ("server", "show"): ("show", "server", lambda _options: {}),
    ("server", "delete"): ("delete", "server", lambda _options: {}),
    ("server", "migrate"): ("migrate", "server", lambda options: {"host": options.host}),
    ("console", "log", "show"): ("console", "server", lambda _options: {}),
    ("port", "create"): ("create", "port", lambda options: {"security_group": options.security_group}),
    ("port", "show"): ("show", "port", lambda _options: {}),
    ("port", "delete"): ("delete", "port", lambda _options: {}),
    ("volume", "create"): ("create", "volume", lambda _options: {}),
    ("volume", "show"): ("show", "volume", lambda _options: {}),
    ("volume", "delete"): ("delete", "volume", lambda _options: {}),
    ("floating", "ip", "create"): ("create", "floating_ip", lambda options: {
        "port": options.port, "description": options.description}),
    ("floating", "ip", "delete"): ("delete", "floating_ip", lambda _options: {}),
    ("security", "group", "create"): ("create", "security_group", lambda _options: {}),
    ("security", "group", "delete"): ("delete", "security_group", lambda _options: {}),
    ("security", "group", "rule", "create"): ("show", "security_group", lambda _options: {}),
}


def parse(arguments):
    parser = argparse.ArgumentParser(prog="openstack")
    parser.add_argument("--os-cloud", default=os.environ.get("OS_CLOUD"))
    parser.add_argument("--os-region", "--os-region-name")
    parser.add_argument("--os-placement-api-version", default="1.0")
    parser.add_argument("-f", "--format", default="table", choices=("json", "table", "value"))
    parser.add_argument("-c", "--column", action="append")
    for name in ("service", "host", "network", "image", "flavor", "port", "user-data", "security-group", "proto", "status",
                 "os-compute-api-version", "description", "size", "disable-reason", "name"):
        parser.add_argument(f"--{name}")
    for name in ("long", "wait", "live-migration", "all-projects", "enable", "disable"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("words", nargs="*")
    options = parser.parse_intermixed_args(arguments)
    known = [*LISTS, *WISHES, ("network", "show"), ("compute", "service", "set")]
    fitting = [words for words in known if tuple(options.words[:len(words)]) == words]
    options.command = max(fitting, key=len, default=None)
    options.names = options.words[len(options.command or ()):]
    return options


def print_list(columns, rows, options):
    if options.column:
        chosen = [columns.index(name) for name in columns if name in options.column]
        columns = tuple(columns[index] for index in chosen)
        rows = [tuple(row[index] for index in chosen) for row in rows]
    text = table.render(columns, rows, options.format)
    if text:
        print(text)


def print_one(resource, options):
    shown = {name: value for name, value in resource.items() if not options.column or name in options.column}
    if options.format == "json":
        print(json.dumps(shown, indent=2))
    elif options.format == "value":
        print("\n".join(str(value) for value in shown.values()))
    else:
        print(table.render(("Field", "Value"), list(shown.items()), "table"))


def run(options, url, password):
    if options.command in LISTS:
        columns, rows = LISTS[options.command](client.call(url + "/state", password=password), options)
        return print_list(columns, rows, options)
    if options.command == ("compute", "service", "set"):
        wish = {"action": "set", "kind": "service", "host": options.names[0], "status": "disabled" if options.disable else "enabled"}
        return client.call(url + "/guests", "POST", password, wish) and None
    if options.command == ("network", "show"):
        if options.names[0] not in NETWORKS:
            raise LookupError(f"No Network found for {options.names[0]}")
        network = {"id": network_id(options.names[0]), "mtu": 1442, "name": options.names[0]}
        return print_one(network, options)
    action, kind, more = WISHES[options.command]
    for name in options.names:
        wish = {"action": action, "kind": kind, "name": name, **more(options)}
        answer = client.call(url + "/guests", "POST", password, wish)
        if action == "console":
            print(answer["text"], end="")
        elif action in ("create", "show"):
            print_one(answer, options)
    return None


def explain(error):
    if error.code == 401:
        return f"The request you have made requires authentication. (HTTP {error.code})"
    return f"{json.load(error)['error']['message']} (HTTP {error.code})"


def main(arguments):
    options = parse(arguments)
    if options.command is None:
        print(f"openstack: {' '.join(options.words)!r} is not an openstack command. See 'openstack --help'.",
              file=sys.stderr)
        return 2
    try:
        password = cloud_password(options.os_cloud) if options.os_cloud else os.environ.get("OS_PASSWORD")
        if not password:
            print("Missing value auth-url required for auth plugin password", file=sys.stderr)
            return 1
        run(options, settings.read()["service_user"]["auth_url"], password)
    except urllib.error.HTTPError as error:
        print(explain(error), file=sys.stderr)
        return 1
    except (OSError, LookupError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
