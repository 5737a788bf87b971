/** What verify tries in a built cloud beside servers: a floating IP that leads to one of them, and a volume. */

/**
 * Words for the job of `try-guests.ts`, with those that it has. Floating IPs have no name, so their description is one. Port and
 * volume are known by id alone: another verify's would have the same kind of name.
 */
export const RESOURCES = `
# try_floating_ip HOST: whether the server there answers on an address of the public network, asked from this node.
try_floating_ip() {
  answered=false
  os floating ip create --port "$(cat "$work/$1.port-id")" --description "$mark-address-$1" -f json "$PUBLIC_NETWORK" \\
    >"$work/floating" 2>"$work/floating.error"
  address=$(sed -nE 's/.*"floating_ip_address": *"([0-9.]+)".*/\\1/p' "$work/floating" | head -n 1)
  deadline=$(($(date +%s) + FLOATING_S))
  while [ -n "$address" ]; do
    if ping -c 1 -W 2 "$address" >"$work/floating.ping" 2>&1 </dev/null; then
      answered=true
      break
    fi
    [ "$(date +%s)" -lt "$deadline" ] || break
    sleep 1
  done
  printf '{"fact":"floating-ip","host":"%s","address":"%s","answered":%s,"error":"%s"}\\n' \\
    "$1" "$address" "$answered" "$(encode_end "$work/floating.error")"
}
# try_volume: what became of a volume that was asked for; it is taken away with everything else.
try_volume() {
  os volume create --size 1 "$mark-volume-all" -f value -c id >"$work/volume" 2>"$work/volume.error"
  deadline=$(($(date +%s) + VOLUME_S))
  volume_status=
  while [ -s "$work/volume" ]; do
    volume_status=$(os volume show "$(cat "$work/volume")" -f value -c status 2>>"$work/volume.error" | tr -dc 'a-z_-')
    case $volume_status in available | error*) break ;; esac
    [ "$(date +%s)" -lt "$deadline" ] || break
    sleep 2
  done
  printf '{"fact":"volume","status":"%s","error":"%s"}\\n' "$volume_status" "$(encode_end "$work/volume.error")"
}
`;
