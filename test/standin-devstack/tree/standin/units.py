"""`systemctl list-units` where PID 1 is no systemd: the services that stack.sh started as processes, by their pid files."""
import fnmatch
import glob
import os
import signal
import time

PID_FILES = "/opt/stack/data/devstack@*.pid"
REAL = "/usr/bin/systemctl"


def is_alive(path):
    try:
        with open(path, encoding="utf-8") as file:
            pid = int(file.read())
        # Nobody may have collected the dead: they have a pid, but do not run.
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(") ")[2][0] != "Z"
    except (OSError, ValueError):
        return False


def started(unit):
    """When the process was, as systemd writes it; nothing of what was never started."""
    try:
        seconds = os.path.getmtime(f"/opt/stack/data/{unit.removesuffix('.service')}.pid")
    except OSError:
        return ""
    return time.strftime("%a %Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def act(verb, unit):
    """What is done to one of our services, or asked of it; its exit code."""
    path = f"/opt/stack/data/{unit.removesuffix('.service')}.pid"
    if not os.path.exists(path):
        return 1
    if verb == "disable" and is_alive(path):
        with open(path, encoding="utf-8") as file:
            os.kill(int(file.read()), signal.SIGKILL)
        deadline = time.monotonic() + 5
        while is_alive(path) and time.monotonic() < deadline:
            time.sleep(0.05)
    if verb == "disable" and not is_alive(path):
        # A dead process that nobody has collected would pass for one that runs.
        os.remove(path)
        return 0
    return 3 if verb == "is-active" and not is_alive(path) else 0


def main(arguments):
    if arguments[:1] == ["is-system-running"]:
        print("running")
        return 0
    if arguments[:1] == ["show"]:
        print(started(arguments[-1]))
        return 0
    if arguments[:1] in (["cat"], ["disable"], ["is-active"]) and arguments[-1].startswith("devstack@"):
        return act(arguments[0], arguments[-1])
    if arguments[:1] != ["list-units"]:
        os.execv(REAL, [REAL, *arguments])
    for path in sorted(glob.glob(PID_FILES)):
        unit = os.path.basename(path).removesuffix(".pid") + ".service"
        if not fnmatch.fnmatch(unit, arguments[1]):
            continue
        state = "active running" if is_alive(path) else "failed failed"
        print(f"{unit} loaded {state} {unit}")
    return 0
