/** The services DevStack itself knows; it never says a word about any other name. */

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** Asked for by `is_service_enabled` somewhere in DevStack stable/2026.1; plugins bring their own. */
export const KNOWN_SERVICES: ReadonlySet<string> = words(`
  key mysql postgresql rabbit etcd3 memcached ldap tls-proxy openstack-cli-server n-api n-api-meta n-cond
  n-cond-cell n-super-cond n-sch n-cpu n-novnc n-spice n-sproxy placement placement-api placement-client g-api
  g-api-r c-api c-sch c-vol c-bak horizon q-svc q-agt q-dhcp q-l3 q-meta q-metering q-ovn-agent
  q-ovn-metadata-agent q-fake q-qos q-trunk q-dns q-log q-placement q-port-forwarding q-segments
  q-conntrack-helper neutron-api neutron-agent neutron-dhcp neutron-l3 neutron-metadata-agent neutron-metering
  neutron-ovn-agent neutron-ovn-metadata-agent neutron-ovn-maintenance-worker neutron-rpc-server
  neutron-periodic-workers neutron-qos neutron-trunk neutron-dns neutron-log neutron-placement
  neutron-segments ovn-northd ovn-controller ovn-controller-vtep ovs-vswitchd ovs-vtep ovsdb-server s-proxy
  s-object s-container s-account s-container-sync s3api swift tempest dstat atop tcpdump memory_tracker
  file_tracker
`);

/** Certificates for the APIs and for OVN, and the proxy in front of the APIs. */
export const TLS_SERVICE = 'tls-proxy';

/**
 * What a change for the whole layout means on hypervisors too. Anything else it adds belongs to the control plane: DevStack would
 * otherwise install a dashboard or a Tempest on each compute.
 */
export const NODE_SERVICES: ReadonlySet<string> = words(`
  tls-proxy q-fake q-agt neutron-agent ovn-controller ovn-controller-vtep ovs-vswitchd ovs-vtep ovsdb-server
  q-ovn-agent q-ovn-metadata-agent neutron-ovn-agent neutron-ovn-metadata-agent placement-client
`);

/** What watches a machine, whatever else it runs. */
export const WATCHING_SERVICES: ReadonlySet<string> = words('dstat atop tcpdump memory_tracker file_tracker');
