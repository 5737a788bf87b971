"""This node's settings, as stack.sh wrote them, and what is read off its URLs."""
import configparser
import re

PATH = "/etc/nova/nova.conf"


def host_in(url):
    """The host of a transport or a database URL."""
    return re.search(r"@([^:/?]+)", url)[1]


def read(path=PATH):
    """Sections and options of nova.conf or another file; raises FileNotFoundError before stack.sh wrote it."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    with open(path, encoding="utf-8") as file:
        parser.read_file(file)
    return parser
