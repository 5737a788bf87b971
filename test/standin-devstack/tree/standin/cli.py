#!/usr/bin/env python3
"""The stand-ins of `openstack`, `nova-manage`, `nova-status`, `ovn-sbctl`, `systemctl` and `journalctl`, by the name they are called with."""
import os
import sys

import journal
import nova_manage
import openstack
import ovn
import units

PROGRAMS = {
    "openstack": openstack.main,
    "nova-manage": nova_manage.manage,
    "nova-status": nova_manage.status,
    "ovn-sbctl": ovn.main,
    "systemctl": units.main,
    "journalctl": journal.main,
}

if __name__ == "__main__":
    sys.exit(PROGRAMS[os.path.basename(sys.argv[0])](sys.argv[1:]))
