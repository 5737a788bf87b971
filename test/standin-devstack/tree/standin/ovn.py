"""`ovn-sbctl list` for Chassis and Encap, straight from the controller's database, in the JSON of OVSDB."""
import json
import re
import sqlite3
import sys

import database


def tables():
    rows = database.rows("SELECT * FROM chassis ORDER BY rowid")
    return {
        "Chassis": [{"name": one["id"], "hostname": one["hostname"]} for one in rows],
        "Encap": [{"chassis_name": one["id"], "type": "geneve", "ip": one["ip"]} for one in rows],
    }


def main(arguments):
    words = [word for word in arguments if not word.startswith("-")]
    columns = next((re.sub("^--columns=", "", word) for word in arguments if word.startswith("--columns=")), "").split(",")
    try:
        known = tables()
    except sqlite3.OperationalError:
        print("ovn-sbctl: unix:/var/run/ovn/ovnsb_db.sock: database connection failed (No such file or directory)", file=sys.stderr)
        return 1
    if words[:2] == ["find", "Chassis"]:
        hostname = words[2].removeprefix("hostname=")
        print("\n".join(one["name"] for one in known["Chassis"] if one["hostname"] == hostname))
        return 0
    if words[:1] == ["chassis-del"]:
        database.rows("DELETE FROM chassis WHERE id = ?", words[1])
        return 0
    if words[:1] != ["list"] or words[1:2] == [] or words[1] not in known or "--format=json" not in arguments:
        print(f"ovn-sbctl: unknown command {' '.join(words)!r}", file=sys.stderr)
        return 1
    print(json.dumps({"headings": columns, "data": [[row[name] for name in columns] for row in known[words[1]]]}))
    return 0
