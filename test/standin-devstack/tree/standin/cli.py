#!/usr/bin/env python3
"""The stand-ins of `openstack`, `nova-manage` and `nova-status`, by the name they are called with."""
import os
import sys

import nova_manage
import openstack

PROGRAMS = {
    "openstack": openstack.main,
    "nova-manage": nova_manage.manage,
    "nova-status": nova_manage.status,
}

if __name__ == "__main__":
    sys.exit(PROGRAMS[os.path.basename(sys.argv[0])](sys.argv[1:]))
