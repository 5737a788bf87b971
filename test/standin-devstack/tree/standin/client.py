"""Requests to the controller's daemon; as a program (wait URL) it waits until one is answered."""
import json
import ssl
import sys
import time
import urllib.request

BUNDLE = "/opt/stack/data/ca-bundle.pem"
CONFLICT = 409


def call(url, method="GET", password=None, body=None):
    """The parsed answer; raises urllib.error.HTTPError on a refusal and OSError where nobody answers."""
    data = None if body is None else json.dumps(body).encode()
    headers = {} if password is None else {"X-Password": password}
    # Proxies of the environment are for the outside; the controller is a neighbour.
    handlers = [urllib.request.ProxyHandler({})]
    if url.startswith("https:"):
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=BUNDLE)))
    opener = urllib.request.build_opener(*handlers)
    with opener.open(urllib.request.Request(url, data, headers, method=method), timeout=5) as answer:
        return json.load(answer)


def message_of(error):
    """Why the daemon refused, from the HTTPError that says so."""
    return json.load(error)["error"]["message"]


def wait(url, seconds=10):
    """Whether the daemon answered within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            call(url + "/")
            return True
        except OSError:
            time.sleep(0.05)
    return False


if __name__ == "__main__":
    sys.exit(0 if wait(sys.argv[2]) else 1)
