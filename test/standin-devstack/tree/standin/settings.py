"""This node's settings, as stack.sh wrote them."""
import configparser

PATH = "/etc/nova/nova.conf"


def read():
    """Sections and options of nova.conf; raises FileNotFoundError before stack.sh wrote it."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    with open(PATH, encoding="utf-8") as file:
        parser.read_file(file)
    return parser
