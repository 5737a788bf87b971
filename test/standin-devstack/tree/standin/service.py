"""A service that reports itself to the controller: nova-compute (hypervisors), neutron's agents (agents), or a cell's conductor."""
import sys
import time

import client
import settings

# Real nova-compute reports every 120 s under DevStack; registering is tried again until the controller takes it.
REPORT_SECONDS = 120
RETRY_SECONDS = 0.5


def main(kind, path=settings.PATH):
    settings_here = settings.read(path)
    here, access = settings_here["DEFAULT"], settings_here["service_user"]
    report = {"host": here["host"], "ip": here["my_ip"], "type": "QEMU", "cell": int(here["cell"]),
              "queue": settings.host_in(here["transport_url"]), kind: here.get(kind, kind).split()}
    if kind == "hypervisors":
        report["identities"] = here.get("identities", "").split()
    if "ovn-controller" in here.get(kind, ""):
        report["chassis"] = here["chassis"]
        report["tunnel_ip"] = here["tunnel_ip"]
    method = "POST"
    while True:
        try:
            client.call(access["auth_url"] + "/report", method, access["password"], report)
            method = "PUT"
            time.sleep(REPORT_SECONDS)
        except OSError as error:  # HTTPError and URLError are OSErrors
            if getattr(error, "code", None) == client.CONFLICT:
                sys.exit(f"CRITICAL nova [-] Unhandled error: {client.message_of(error)}")
            print(f"ERROR nova.servicegroup: {error}", file=sys.stderr, flush=True)
            time.sleep(RETRY_SECONDS)


if __name__ == "__main__":
    main(*sys.argv[1:])
