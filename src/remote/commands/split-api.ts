/** What the API node needs where database and message queue have nodes of their own (devstack.md section 1.6). */

/**
 * On the node with the message queue. Environment: VHOSTS joined by blanks. DevStack makes vhosts only in a RabbitMQ of the node
 * itself; its user has the name that every branch uses.
 */
export const CREATE_VHOSTS = `set -eu
for vhost in $VHOSTS; do
  rabbitmqctl -q list_vhosts name | grep -qxF "$vhost" || rabbitmqctl add_vhost "$vhost"
  rabbitmqctl set_permissions -p "$vhost" stackrabbit '.*' '.*' '.*'
done
`;

/**
 * On the API node, when it is stacked: its own database and message queue served only to make DevStack believe. A unit may have
 * a second name, which goes with the first.
 */
export const STOP_IDLE_TWINS = `set -eu
for unit in mariadb mysql mysqld rabbitmq-server; do
  systemctl cat "$unit.service" >/dev/null 2>&1 || continue
  systemctl disable --now "$unit.service"
  if systemctl is-active --quiet "$unit.service"; then
    echo "$unit.service is still active"
    exit 1
  fi
done
`;
