/** Names people see in the cloud; marks decide, names do not (reliability.md section 2.4). */

/** The cluster's own things: its security group, and the beginning of every other name. */
export function clusterPrefix(cluster: string): string {
  return `dsb-${cluster}`;
}

export function portName(cluster: string, node: string): string {
  return `${clusterPrefix(cluster)}-${node}`;
}

export function serverName(cluster: string, node: string, generation: number): string {
  return `${portName(cluster, node)}-g${generation}`;
}
