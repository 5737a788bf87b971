#!/usr/bin/env python3
"""Stamps each line of stack.sh's output with the time and writes it to a file and, if asked, to stdout."""
import argparse
import datetime
import re
import sys

parser = argparse.ArgumentParser()
parser.add_argument("-o", "--outfile")
parser.add_argument("-b", "--no-timestamp", action="store_true")
parser.add_argument("-v", "--verbose", action="store_true")
options = parser.parse_args()
skipped = re.compile(r"(set \+o|xtrace)")
dated = re.compile(r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}.\d{3} \|")
outfile = open(options.outfile, "ab", 0) if options.outfile else None
sys.stdin.reconfigure(errors="replace")
for line in sys.stdin:
    if skipped.search(line):
        continue
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    stamped = line if dated.search(line) else f"{now} | {line}"
    if options.verbose:
        sys.stdout.write(line if options.no_timestamp else stamped)
        sys.stdout.flush()
    if outfile:
        outfile.write(stamped.encode())
