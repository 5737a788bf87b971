"""`journalctl` where PID 1 is no systemd: nova-compute complains of nothing but what a file beside this says."""
import os

SAID = os.path.join(os.path.dirname(os.path.abspath(__file__)), "journal")


def main(_arguments):
    if os.path.exists(SAID):
        with open(SAID, encoding="utf-8") as file:
            print(file.read(), end="")
    return 0
