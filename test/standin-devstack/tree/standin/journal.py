"""`journalctl` where PID 1 is no systemd: what the services it is asked for have written, and what a file beside this says."""
import argparse
import glob
import os

DATA = "/opt/stack/data"
SAID = os.path.join(os.path.dirname(os.path.abspath(__file__)), "journal")


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("-u", "--unit", default="*")
    options, _ = parser.parse_known_args(arguments)
    unit = options.unit.removesuffix(".service")
    for path in [*sorted(glob.glob(os.path.join(DATA, f"{unit}.journal"))), SAID]:
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                print(file.read(), end="")
    return 0
