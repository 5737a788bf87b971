/** What a node is told before it is stacked: its local.conf, and the identity nova finds. */
import { CHECKOUT } from './stack-user.ts';

/** Environment: LOCAL_CONF (base64, holds passwords), SHA256 of its text. */
export const WRITE_LOCAL_CONF = `set -eu
umask 077
draft=${CHECKOUT}/.local.conf.new
printf '%s' "$LOCAL_CONF" | base64 -d >"$draft"
test "$(sha256sum "$draft" | cut -d' ' -f1)" = "$SHA256"
chown stack:stack "$draft"
mv -f "$draft" ${CHECKOUT}/local.conf
sync ${CHECKOUT}/local.conf
`;

/** Environment: COMPUTE_ID. Nova reads its node's identity from here, so a node made anew comes back as itself (devstack.md 1.10). */
export const WRITE_COMPUTE_ID = `set -eu
install -d -m 0755 -o stack -g stack /etc/nova
printf '%s' "$COMPUTE_ID" >/etc/nova/compute_id
chown stack:stack /etc/nova/compute_id
`;
