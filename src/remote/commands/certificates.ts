/** The certificates of a cluster with TLS: made once by DevStack's own functions, the same on every node (devstack.md section 2.3). */
import { AS_STACK, CHECKOUT } from './stack-user.ts';

const DATA = '/opt/stack/data';
/** Made on the API node for us to read, and gone when it has the CA back. For root only, and never on its disk: private keys are in it. */
const STAGE = '/run/builder-ca';
/** `data/CA` of DevStack with all its keys, packed, and those keys as text: the redactor knows their lines. */
export const PACKED_CA = `${STAGE}/ca.tar.gz`;
export const CA_KEYS = `${STAGE}/keys.pem`;

/**
 * What stack.sh would do between two of its stages, before any: files that are there it keeps. Its own settings are not read, since
 * stack.sh alone takes them out of local.conf; the address is all that its functions need of them.
 */
const MAKE = `
set -e
umask 022
TOP_DIR=$PWD
DATA_DIR=${DATA}
ENABLED_SERVICES=tls-proxy
HOST_IP=$SERVICE_HOST
source functions
source lib/tls
configure_CA
make_root_CA "$ROOT_CA_DIR"
make_int_CA "$INT_CA_DIR" "$ROOT_CA_DIR"
init_cert
`;

/**
 * On the API node, where the certificate's names are right: its own, and SERVICE_HOST. Environment: SERVICE_HOST. Exit 0 with a
 * whole CA, packed for root to read; one that was half made when a former attempt was cut is made anew.
 */
export const MAKE_CA = `set -eu
umask 022
install -d -m 0755 -o stack -g stack ${DATA}
fits() {
  key=$(openssl pkey -pubout -in "$2" 2>/dev/null) || return 1
  [ "$(openssl x509 -noout -pubkey -in "$1" 2>/dev/null)" = "$key" ]
}
is_whole() {
  [ -d ${DATA}/CA ] || return 1
  cd ${DATA}/CA
  fits root-ca/cacert.pem root-ca/private/cacert.key &&
    fits int-ca/cacert.pem int-ca/private/cacert.key &&
    fits int-ca/devstack-cert.crt int-ca/private/devstack-cert.key &&
    openssl verify -CAfile root-ca/cacert.pem -untrusted int-ca/cacert.pem int-ca/devstack-cert.crt >/dev/null 2>&1
}
if ! is_whole; then
  rm -rf ${DATA}/CA ${DATA}/devstack-cert.pem
  cd ${CHECKOUT}
  # shellcheck disable=SC2016  # the variables are those of the inner shell
  ${AS_STACK} SERVICE_HOST="$SERVICE_HOST" bash -c '${MAKE}' </dev/null
  # stack.sh puts it together from the CA.
  rm -f ${DATA}/devstack-cert.pem
fi
if ! is_whole; then
  echo 'the certificates that lib/tls made do not belong together'
  exit 1
fi
umask 077
rm -rf ${STAGE}
mkdir ${STAGE}
tar -C ${DATA} -czf ${PACKED_CA} CA
cat ${DATA}/CA/root-ca/private/*.key ${DATA}/CA/int-ca/private/*.key >${CA_KEYS}
`;

/**
 * On every node with TLS, the API node too. Environment: CA = what MAKE_CA packed, in base64. A node that has the same CA keeps its
 * files: stack.sh may be at work with them. Prints \`ca_digest=\` of the root certificate and \`ca_certificate=\`, both in base64.
 */
export const INSTALL_CA = `set -eu
umask 022
install -d -m 0755 -o stack -g stack ${DATA}
draft=${DATA}/CA.new
rm -rf "$draft"
install -d -m 0700 "$draft"
printf '%s' "$CA" | base64 -d | tar -xzpf - -C "$draft"
digests() {
  (cd "$1" && sha256sum root-ca/cacert.pem int-ca/cacert.pem int-ca/devstack-cert.crt \\
    root-ca/private/cacert.key int-ca/private/cacert.key int-ca/private/devstack-cert.key) 2>/dev/null
}
packed=$(digests "$draft/CA")
if [ "$(digests ${DATA}/CA)" != "$packed" ]; then
  chown -R stack:stack "$draft/CA"
  find "$draft/CA" -type f -exec sync {} +
  rm -rf ${DATA}/CA ${DATA}/devstack-cert.pem
  mv -T "$draft/CA" ${DATA}/CA
  sync ${DATA}
fi
rm -rf "$draft" ${STAGE}
if ! openssl x509 -noout -checkend 0 -in ${DATA}/CA/int-ca/cacert.pem >/dev/null; then
  echo 'the certificates of this cluster have expired'
  exit 1
fi
echo "ca_digest=$(sha256sum <${DATA}/CA/root-ca/cacert.pem | cut -d' ' -f1)"
echo "ca_certificate=$(base64 -w0 <${DATA}/CA/root-ca/cacert.pem)"
`;
